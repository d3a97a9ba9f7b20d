/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * disk_load DEVICE random|sequential BYTES THREADS MILLISECONDS
 *
 * Each thread reads BYTES at a time, past the page cache, one after another: at
 * random, or in a row through a part of its own.  Prints the number of reads and
 * the nanoseconds that they took in all.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64

struct load {
	int disk;
	bool random;
	size_t bytes;
	uint64_t blocks; /* of so many bytes, for each thread */
	uint64_t end;	 /* nanoseconds of the clock */
};

struct reader {
	const struct load *load;
	pthread_t thread;
	uint64_t first; /* its first block */
	uint64_t reads;
	bool failed;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void *read_blocks(void *argument)
{
	struct reader *reader = argument;
	const struct load *load = reader->load;
	uint64_t random = reader->first + 1;
	uint64_t next = 0;
	void *buffer;

	if (posix_memalign(&buffer, 65536, load->bytes) != 0) {
		reader->failed = true;
		return NULL;
	}
	while (now() < load->end) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		next = load->random ? (random >> 24) % load->blocks :
				      (next + 1) % load->blocks;
		if (pread(load->disk, buffer, load->bytes,
			  (off_t)((reader->first + next) * load->bytes)) !=
		    (ssize_t)load->bytes) {
			reader->failed = true;
			break;
		}
		reader->reads++;
	}
	free(buffer);
	return NULL;
}

static bool run(struct load *load, unsigned int threads, uint64_t milliseconds)
{
	struct reader reader[THREADS_MAX] = { 0 };
	uint64_t begin = now();
	uint64_t reads = 0;
	bool ok = true;

	load->end = begin + milliseconds * 1000000;
	for (unsigned int i = 0; i < threads; i++) {
		reader[i].load = load;
		reader[i].first = load->blocks * i;
		if (pthread_create(&reader[i].thread, NULL, read_blocks,
				   &reader[i]) != 0)
			return false;
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(reader[i].thread, NULL);
		reads += reader[i].reads;
		ok = ok && !reader[i].failed;
	}
	printf("%llu %llu\n", (unsigned long long)reads,
	       (unsigned long long)(now() - begin));
	return ok;
}

int main(int argc, char **argv)
{
	struct load load = { 0 };
	unsigned int threads;
	uint64_t size;

	if (argc != 6) {
		fprintf(stderr,
			"usage: disk_load DEVICE random|sequential BYTES THREADS MILLISECONDS\n");
		return 2;
	}
	load.disk = open(argv[1], O_RDONLY | O_DIRECT);
	load.random = strcmp(argv[2], "random") == 0;
	load.bytes = strtoul(argv[3], NULL, 10);
	threads = (unsigned int)strtoul(argv[4], NULL, 10);
	if (load.disk < 0 || ioctl(load.disk, BLKGETSIZE64, &size) != 0) {
		perror(argv[1]);
		return 1;
	}
	if (load.bytes < 512 || threads < 1 || threads > THREADS_MAX)
		return 2;
	load.blocks = size / load.bytes / threads;
	if (load.blocks == 0)
		return 2;
	return run(&load, threads, strtoul(argv[5], NULL, 10)) ? 0 : 1;
}
