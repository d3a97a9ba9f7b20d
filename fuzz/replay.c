/* SPDX-License-Identifier: BSD-3-Clause */
/* replay FILE-OR-DIRECTORY...: runs a fuzz target on inputs of the past. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned int replayed;

static bool replay_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (file == NULL) {
		perror(path);
		return false;
	}
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* Of its very size, so that a sanitizer sees what is read behind it. */
	exact = malloc(size + 1);
	if (exact == NULL)
		return false;
	memcpy(exact, bytes, size);
	exact = realloc(exact, size > 0 ? size : 1);
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	replayed++;
	return true;
}

static bool replay(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char file[4096];
	bool ok = true;

	if (directory == NULL)
		return replay_file(path);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		ok = replay_file(file) && ok;
	}
	closedir(directory);
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = true;

	for (int i = 1; i < argc; i++)
		ok = replay(argv[i]) && ok;
	/* TAP, for the summary. */
	printf("1..1\n%sok 1 - %u inputs\n", ok && replayed > 0 ? "" : "not ",
	       replayed);
	return ok && replayed > 0 ? 0 : 1;
}
