/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A page that comes when it is told to: a file system of one file in a process
 * of its own (FUSE, by the kernel's protocol), which answers no read before.
 * Whoever touches the page waits, the kernel on behalf of a device too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

enum { REQUEST_MAX = 1 << 18 };

struct stuck_page {
	char path[32]; /* the file, which is the whole file system */
	int fuse;
	int touched[2]; /* a byte when somebody reads */
	int release[2]; /* a byte for each read that may be answered */
	pid_t server;
};

static void reply(int fuse, uint64_t unique, int error, const void *data,
		  size_t length)
{
	static uint8_t buffer[sizeof(struct fuse_out_header) + REQUEST_MAX];
	struct fuse_out_header header = { .len = sizeof(header) + length,
					  .error = error,
					  .unique = unique };

	memcpy(buffer, &header, sizeof(header));
	memcpy(buffer + sizeof(header), data, length);
	/* Whom it was for may have gone. */
	if (write(fuse, buffer, header.len) < 0 && errno != ENOENT)
		_exit(1);
}

static void reply_init(int fuse, const struct fuse_in_header *in)
{
	const struct fuse_init_in *init = (const void *)(in + 1);
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = init->minor < FUSE_KERNEL_MINOR_VERSION ?
				 init->minor :
				 FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096
	};

	reply(fuse, in->unique, 0, &out, sizeof(out));
}

static void reply_attributes(int fuse, const struct fuse_in_header *in)
{
	struct fuse_attr_out out = { .attr_valid = 1000 };

	out.attr.ino = in->nodeid;
	out.attr.mode = S_IFREG | 0600;
	out.attr.nlink = 1;
	out.attr.size = page_size;
	reply(fuse, in->unique, 0, &out, sizeof(out));
}

static void reply_read(const struct stuck_page *page,
		       const struct fuse_in_header *in)
{
	const struct fuse_read_in *request = (const void *)(in + 1);
	static const uint8_t zeros[REQUEST_MAX];
	char byte;

	if (write(page->touched[1], "", 1) != 1 ||
	    read(page->release[0], &byte, 1) != 1)
		_exit(1);
	reply(page->fuse, in->unique, 0, zeros,
	      request->offset ? 0 : page_size);
}

static void serve(const struct stuck_page *page,
		  const struct fuse_in_header *in)
{
	struct fuse_open_out open = { 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		reply_init(page->fuse, in);
		break;
	case FUSE_GETATTR:
		reply_attributes(page->fuse, in);
		break;
	case FUSE_OPEN:
		reply(page->fuse, in->unique, 0, &open, sizeof(open));
		break;
	case FUSE_READ:
		reply_read(page, in);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		reply(page->fuse, in->unique, 0, NULL, 0);
		break;
	default:
		reply(page->fuse, in->unique, -ENOSYS, NULL, 0);
	}
}

static void server(void *arg)
{
	static uint64_t buffer[REQUEST_MAX / 8];
	const struct stuck_page *page = arg;

	for (;;) {
		ssize_t length = read(page->fuse, buffer, sizeof(buffer));

		if (length >= (ssize_t)sizeof(struct fuse_in_header))
			serve(page, (const void *)buffer);
		else if (errno != EINTR && errno != ENOENT)
			_exit(0); /* unmounted */
	}
}

struct stuck_page *stuck_page_make(void)
{
	struct stuck_page *page = calloc(1, sizeof(*page));
	char options[96];
	int fd;

	page->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (page->fuse < 0)
		SKIP("/dev/fuse: %s", strerror(errno));
	CHECK(!pipe(page->touched) && !pipe(page->release), "pipe: %s",
	      strerror(errno));
	snprintf(page->path, sizeof(page->path), "stuck.XXXXXX");
	fd = mkstemp(page->path);
	CHECK(fd >= 0, "%s: %s", page->path, strerror(errno));
	close(fd);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=%o,user_id=%u,group_id=%u", page->fuse,
		 S_IFREG | 0600, getuid(), getgid());
	if (mount("stuck", page->path, "fuse", MS_NOSUID | MS_NODEV, options)) {
		unlink(page->path);
		SKIP("mount: %s", strerror(errno));
	}
	page->server = child_start(server, page);
	close(page->fuse);
	page->fuse = -1;
	return page;
}

const void *stuck_page_map(const struct stuck_page *page)
{
	int fd = open(page->path, O_RDONLY | O_CLOEXEC);
	void *data = mmap(NULL, page_size, PROT_READ, MAP_PRIVATE, fd, 0);
	struct stat stat; /* asks the server for the file's size */

	CHECK(fd >= 0 && data != MAP_FAILED && !fstat(fd, &stat), "%s: %s",
	      page->path, strerror(errno));
	close(fd);
	return data;
}

void stuck_page_wait(const struct stuck_page *page)
{
	char byte;

	CHECK(read(page->touched[0], &byte, 1) == 1, "pipe: %s",
	      strerror(errno));
}

/* The server ends when the mount has gone. */
void stuck_page_release(struct stuck_page *page)
{
	static const char bytes[4096]; /* more than there are reads */

	CHECK(write(page->release[1], bytes, sizeof(bytes)) == sizeof(bytes),
	      "pipe: %s", strerror(errno));
	umount2(page->path, MNT_DETACH);
	unlink(page->path);
}
