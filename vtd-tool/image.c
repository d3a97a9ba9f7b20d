/* SPDX-License-Identifier: BSD-3-Clause */
#include "image.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"
#include "tool.h"

static bool add_segment(struct image *image,
			const struct image_segment *segment, uint64_t file_size)
{
	struct image_segment *more;
	uint64_t left =
		segment->offset < file_size ? file_size - segment->offset : 0;

	if (segment->length == 0)
		return true;
	if (image->segments == IMAGE_SEGMENTS_MAX)
		return false;
	/* Grown by powers of two. */
	if ((image->segments & (image->segments - 1)) == 0) {
		size_t room = image->segments == 0 ? 1 : 2 * image->segments;

		more = realloc(image->segment, room * sizeof(*more));
		if (more == NULL)
			return false;
		image->segment = more;
	}
	image->segment[image->segments] = *segment;
	image->segment[image->segments++].readable =
		segment->length < left ? segment->length : left;
	return true;
}

static bool read_at(int file, uint64_t offset, void *buffer, size_t length)
{
	return offset <= INT64_MAX &&
	       pread(file, buffer, length, (off_t)offset) == (ssize_t)length;
}

/* 64-bit little-endian cores, whatever machine this is. */
static bool add_core(struct image *image, const char *path, int file,
		     uint64_t size)
{
	Elf64_Ehdr header;
	Elf64_Phdr program;
	uint64_t at;

	if (!read_at(file, 0, &header, sizeof(header)) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    le16toh(header.e_phentsize) != sizeof(program)) {
		complain("%s: no 64-bit little-endian ELF core", path);
		return false;
	}
	at = le64toh(header.e_phoff);
	for (unsigned int i = 0; i < le16toh(header.e_phnum); i++) {
		struct image_segment segment = { .file = file };

		if (!read_at(file, at + i * sizeof(program), &program,
			     sizeof(program))) {
			complain("%s: cut short in its program headers", path);
			break;
		}
		if (le32toh(program.p_type) != PT_LOAD)
			continue;
		segment.address = le64toh(program.p_paddr);
		segment.length = le64toh(program.p_filesz);
		segment.offset = le64toh(program.p_offset);
		if (!add_segment(image, &segment, size))
			return false;
	}
	return true;
}

static bool add_open_file(struct image *image, const char *path, int file,
			  const uint64_t *address)
{
	struct image_segment segment = { .file = file };
	char magic[8] = "";
	struct stat status;

	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
		complain("%s: not a regular file", path);
		return false;
	}
	if (!read_at(file, 0, magic, sizeof(magic)) && address == NULL)
		magic[0] = '\0';
	if (address == NULL && memcmp(magic, ELFMAG, SELFMAG) == 0)
		return add_core(image, path, file, (uint64_t)status.st_size);
	if (memcmp(magic, "KDUMP   ", 8) == 0 ||
	    memcmp(magic, "DISKDUMP", 8) == 0 ||
	    memcmp(magic, "makedump", 8) == 0) {
		complain("%s: a compressed dump; makedumpfile -E or QEMU's "
			 "dump-guest-memory without -z make one that is not",
			 path);
		return false;
	}
	segment.address = address != NULL ? *address : 0;
	segment.length = (uint64_t)status.st_size;
	return add_segment(image, &segment, segment.length);
}

bool image_add_file(struct image *image, const char *argument)
{
	const char *at = strrchr(argument, '@');
	size_t segments = image->segments;
	char *path = strdup(argument);
	uint64_t address;
	int file;
	bool ok;

	if (path == NULL)
		return false;
	if (at != NULL && parse_hex(at + 1, &address))
		path[at - argument] = '\0';
	else
		at = NULL;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		complain("%s: %s", path, strerror(errno));
	ok = file >= 0 &&
	     add_open_file(image, path, file, at != NULL ? &address : NULL);
	if (ok && image->segments == segments) {
		complain("%s: there is no memory in it", path);
		ok = false;
	}
	free(path);
	return ok;
}

bool image_add_word(struct image *image, uint64_t address, uint64_t value)
{
	if (image->words == IMAGE_WORDS_MAX)
		return false;
	image->word[image->words++] = (struct image_word){ address, value };
	return true;
}

static bool read_word(const struct image *image, uint64_t address,
		      uint8_t *byte)
{
	for (unsigned int i = 0; i < image->words; i++)
		if (address - image->word[i].address < 8) {
			*byte = (uint8_t)(image->word[i].value >>
					  8 * (address & 7));
			return true;
		}
	return false;
}

/* How much of what begins at `address` a segment has; it is read. */
static size_t read_segment(const struct image *image, uint64_t address,
			   void *buffer, size_t length)
{
	for (size_t i = 0; i < image->segments; i++) {
		const struct image_segment *s = &image->segment[i];
		uint64_t skip = address - s->address;

		if (address < s->address || skip >= s->readable)
			continue;
		if (length > s->readable - skip)
			length = (size_t)(s->readable - skip);
		if (read_at(s->file, s->offset + skip, buffer, length))
			return length;
	}
	return 0;
}

int image_read(struct image *image, uint64_t address, void *buffer,
	       size_t length)
{
	uint8_t *to = buffer;

	while (length > 0) {
		size_t done = 1;

		if (!read_word(image, address, to))
			done = read_segment(image, address, to, length);
		if (done == 0) {
			if (!image->missed)
				image->missing = address;
			image->missed = true;
			return -EFAULT;
		}
		address += done;
		to += done;
		length -= done;
	}
	return 0;
}

void image_free(struct image *image)
{
	for (size_t i = 0; i < image->segments; i++)
		if (i == 0 ||
		    image->segment[i].file != image->segment[i - 1].file)
			close(image->segment[i].file);
	free(image->segment);
	*image = (struct image){ .segments = 0 };
}
