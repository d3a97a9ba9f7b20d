/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program vtd.  It is an ordinary user of libvtd's public interface: what
 * the architecture says is in the library, text and files are here.
 *
 * A subcommand is cmd_NAME() in cmd_NAME.c, and a row in main.c.
 */
#ifndef VTD_TOOL_TOOL_H
#define VTD_TOOL_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What main() returns. */
enum exit_status {
	EXIT_DONE,    /* the input was understood */
	EXIT_NOTHING, /* there was nothing in it, or it cannot be read */
	EXIT_USAGE,
	EXIT_DIFFERENT, /* vtd replay: the unit does something else */
};

int cmd_decode(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_regs(int argc, char **argv);
int cmd_replay(int argc, char **argv);

/* Say on stderr what is wrong: "vtd: ...". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* VTD_TOOL_TOOL_H */
