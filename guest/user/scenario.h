/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the scenarios of the demo share.
 *
 * A scenario is a function that runs in a process of its own and returns when
 * all went well.  CHECK and SKIP end that process with a message; they work in
 * threads and in further children, too.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "svm.h"

struct scenario {
	const char *name;
	void (*run)(void);
};

/* One array per theme, each ends with a null name. */
extern const struct scenario basic_scenarios[];
extern const struct scenario operation_scenarios[];
extern const struct scenario queue_scenarios[];
extern const struct scenario paging_scenarios[];
extern const struct scenario mapping_scenarios[];
extern const struct scenario fork_scenarios[];
extern const struct scenario hugepage_scenarios[];
extern const struct scenario refusal_scenarios[];
extern const struct scenario command_scenarios[];
extern const struct scenario process_scenarios[];
extern const struct scenario death_scenarios[];
extern const struct scenario removal_scenarios[];
extern const struct scenario pause_scenarios[];
extern const struct scenario stuck_scenarios[];
extern const struct scenario hostile_scenarios[];

/* The rest of exec-while-waiting, with the file that the old program had. */
void scenario_after_exec(int fd);

/* How a scenario's process ends, besides 0. */
enum { EXIT_FAILED = 1, EXIT_SKIPPED = 2 };

void scenario_end(int how, const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

#define CHECK(condition, ...)                                                 \
	do {                                                                  \
		if (!(condition))                                             \
			scenario_end(EXIT_FAILED, __FILE__, __LINE__,         \
				     __VA_ARGS__);                            \
	} while (0)

#define SKIP(...) scenario_end(EXIT_SKIPPED, __FILE__, __LINE__, __VA_ARGS__)

#define CHECK_STATUS(got, want, what)                                         \
	do {                                                                  \
		enum svm_status got_ = (got), want_ = (want);                 \
		CHECK(got_ == want_, "%s: %s instead of %s", what,            \
		      svm_status_name(got_), svm_status_name(want_));         \
	} while (0)
#define CHECK_OK(got, what) CHECK_STATUS(got, SVM_STATUS_OK, what)

/* The devices: /dev/svm0 or what --device says, and the next one. */
extern const char *device_path;
void device_open(struct svm *svm);
struct svm_counters device_counters(const struct svm *svm);
/* Where the device is, such as 0000:00:02.0. */
void device_pci_address(char *address, size_t size);
/* How the kernel may reset it: NO_RESET, ANY_RESET. */
#define NO_RESET "\n"
#define ANY_RESET "default"
void device_reset_methods(const char *methods);
/* Skips the scenario where that needs root. */
void write_file(const char *path, const char *text);

/* Test data: reproducible, different at every offset and for every seed. */
void pattern_fill(void *data, size_t length, uint64_t seed);
/* The first offset that differs from the pattern, or length. */
size_t pattern_check(const void *data, size_t length, uint64_t seed);
uint64_t pattern_word(uint64_t seed, uint64_t index);

#define CHECK_PATTERN(data, length, seed, what)                               \
	do {                                                                  \
		size_t length_ = (length);                                    \
		size_t at_ = pattern_check(data, length_, seed);              \
		CHECK(at_ == length_, "%s: wrong data at offset %zu of %zu",  \
		      what, at_, length_);                                    \
	} while (0)

/* The device copies a fresh pattern, the CPU checks all of the result. */
void copy_and_check(const struct svm *svm, void *to, void *from, size_t length,
		    uint64_t seed);

/* After something that the device had to refuse. */
void device_must_work(const struct svm *svm);
/* After something that might have left a portal behind. */
void all_portals_work(void);

/* Memory.  These fail the scenario rather than return an error. */
extern size_t page_size;
void *map_anonymous(size_t length);
void *map_shared(int memfd, size_t length);
void *map_aligned(size_t length, size_t alignment);
int make_memfd(size_t length);
/* How many of the pages are in the page table, or swapped out. */
size_t pages_present(const void *data, size_t length);
size_t pages_swapped(const void *data, size_t length);

/*
 * if (BUS_ERROR()) { ... }: the block is what happens when an access of this
 * process ends in SIGBUS later, as setjmp() has it.
 */
extern sigjmp_buf bus_error;
void on_bus_error(int signal);
#define BUS_ERROR() (signal(SIGBUS, on_bus_error), sigsetjmp(bus_error, 1))

/* A page of a file whose contents come when they are released (stuck.c). */
struct stuck_page;
struct stuck_page *stuck_page_make(void);
const void *stuck_page_map(const struct stuck_page *page);
/* Until somebody has touched it. */
void stuck_page_wait(const struct stuck_page *page);
void stuck_page_release(struct stuck_page *page);

/* Suspends the machine, which wakes up again; or skips the scenario. */
void suspend_machine(void);

/* Children of a scenario. */
pid_t child_start(void (*run)(void *), void *arg);
/* Ends the scenario if the child has failed. */
void child_join(pid_t pid);
void sleep_ms(unsigned int ms);

#endif /* SCENARIO_H */
