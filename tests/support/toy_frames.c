/* SPDX-License-Identifier: BSD-3-Clause */
#include "toy_frames.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>

#define PAGE UINT64_C(4096)
#define FAILURES_PRINTED 8

/* splitmix64 */
uint64_t toy_random(struct toy_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned int toy_random_below(struct toy_random *random, unsigned int limit)
{
	return (unsigned int)(toy_random(random) % limit);
}

void toy_fail(struct toy_log *log, const char *what, uint64_t value)
{
	if (atomic_fetch_add(&log->failures, 1) < FAILURES_PRINTED)
		fprintf(stderr, "%s (%#" PRIx64 "), seed %" PRIu64 "\n", what,
			value, log->seed);
}

unsigned int toy_places(unsigned int shift)
{
	return shift > 12 ? TOY_PLACES : 1;
}

uint64_t toy_place_offset(unsigned int shift, unsigned int place)
{
	uint64_t last = (UINT64_C(1) << shift) - PAGE;

	return (last * place / 2) & ~(PAGE - 1);
}

volatile uint64_t *toy_word(struct fake_host *host, uint64_t address)
{
	assert(address % 8 == 0 && address < FAKE_HOST_RAM_SIZE);
	return &host->ram[address / 8];
}

uint64_t toy_entry_change(struct fake_host *host, uint64_t entry, uint64_t set,
			  uint64_t clear)
{
	uint64_t *word = &host->ram[entry / 8];
	uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(
		word, &old, htole64((le64toh(old) & ~clear) | set), false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	return le64toh(old);
}

static void poison(struct toy_frames *frames, uint64_t frame)
{
	for (unsigned int i = 0; i < toy_places(frames->shift); i++) {
		uint64_t at = frame + toy_place_offset(frames->shift, i);

		for (uint64_t end = at + PAGE; at < end; at += 8)
			*toy_word(frames->host, at) = TOY_POISON;
	}
}

static void check_poison(struct toy_frames *frames, uint64_t frame)
{
	for (unsigned int i = 0; i < toy_places(frames->shift); i++) {
		uint64_t at = frame + toy_place_offset(frames->shift, i);

		for (uint64_t end = at + PAGE; at < end; at += 8)
			if (*toy_word(frames->host, at) != TOY_POISON)
				toy_fail(frames->log, "free memory was written",
					 at);
	}
}

void toy_frames_init(struct toy_frames *frames, struct fake_host *host,
		     struct toy_log *log, unsigned int shift, uint64_t base,
		     unsigned int count)
{
	*frames = (struct toy_frames){
		.host = host,
		.log = log,
		.shift = shift,
	};
	assert(count <= TOY_FRAMES_MAX);
	pthread_mutex_init(&frames->lock, NULL);
	for (unsigned int i = 0; i < count; i++)
		toy_frames_give(frames, base + ((uint64_t)i << shift));
}

void toy_frames_destroy(struct toy_frames *frames)
{
	pthread_mutex_destroy(&frames->lock);
}

uint64_t toy_frames_take(struct toy_frames *frames)
{
	uint64_t frame = 0;

	pthread_mutex_lock(&frames->lock);
	if (frames->free > 0)
		frame = frames->frame[--frames->free];
	pthread_mutex_unlock(&frames->lock);
	if (frame != 0)
		check_poison(frames, frame);
	return frame;
}

void toy_frames_give(struct toy_frames *frames, uint64_t frame)
{
	poison(frames, frame);
	pthread_mutex_lock(&frames->lock);
	assert(frames->free < TOY_FRAMES_MAX);
	frames->frame[frames->free++] = frame;
	pthread_mutex_unlock(&frames->lock);
}
