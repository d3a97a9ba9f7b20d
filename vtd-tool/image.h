/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical memory that somebody wrote into files: raw ranges (QEMU's pmemsave),
 * ELF cores (dump-guest-memory, /proc/vmcore), and single words.  Files may be
 * cut short, and need not fit in memory: only what is asked for is read.
 */
#ifndef VTD_TOOL_IMAGE_H
#define VTD_TOOL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image_segment {
	uint64_t address; /* physical */
	uint64_t length;
	uint64_t offset; /* in the file */
	int file;
	/* The file ends before `length` bytes. */
	uint64_t readable;
};

struct image_word {
	uint64_t address; /* a multiple of 8 */
	uint64_t value;
};

#define IMAGE_SEGMENTS_MAX 65536
#define IMAGE_WORDS_MAX 64

struct image {
	struct image_segment *segment;
	size_t segments;
	/* Words come before segments. */
	unsigned int words;
	struct image_word word[IMAGE_WORDS_MAX];
	/* The first address that was asked for and is not there. */
	bool missed;
	uint64_t missing;
};

/*
 * "FILE", an ELF core or a raw image from address 0 on; "FILE@ADDRESS", a raw
 * image of the memory from there.  False: complained.
 */
bool image_add_file(struct image *image, const char *argument);
/* False: there is no room. */
bool image_add_word(struct image *image, uint64_t address, uint64_t value);

/* 0, or -EFAULT: not all of it is there. */
int image_read(struct image *image, uint64_t address, void *buffer,
	       size_t length);

void image_free(struct image *image);

#endif /* VTD_TOOL_IMAGE_H */
