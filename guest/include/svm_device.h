/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/*
 * svm_device.h: the programming interface of the `svm` demo device.
 *
 * One header for the three that must agree: the device model (qemu-glue), the
 * Linux driver (guest/driver) and the programs that submit work (guest/user).
 * It holds constants and fixed-layout structures only.  All is little-endian.
 *
 * The device is a PCIe endpoint with PASID, ATS and PRI.  It has
 *  - portal 0 at BAR0 + 0, a set of registers that existing SVM demo drivers
 *    know and that therefore never changes (SVM_P0_*);
 *  - device registers further up in the same page (SVM_DEV_*), for the driver;
 *  - user portals 1..N, one 4 KiB page each at BAR0 + n * 4096 (SVM_UP_*).
 *    A driver maps one of them into a process; the PASID that the portal works
 *    in is set in the driver's page, so the process cannot choose it.
 *
 * A user portal takes the virtual address of a 64-byte command in the process's
 * memory.  The device reads the command, does the work and writes a completion
 * record, all through the process's own page tables.
 */
#ifndef SVM_DEVICE_H
#define SVM_DEVICE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define SVM_PCI_VENDOR_ID	0x1234
#define SVM_PCI_DEVICE_ID	0x0b11
#define SVM_PCI_REVISION	0x10

#define SVM_BAR0_SIZE		0x100000
#define SVM_PORTAL_SIZE		0x1000
#define SVM_PORTALS_MAX		63	/* user portals 1..63 */

/* The PASID field value that means "requests without PASID". */
#define SVM_PASID_NONE		0x100000u
#define SVM_PASID_MASK		0x0fffffu

/*
 * Portal 0, fixed.  Below 50h only 8-byte accesses, from 50h on only 4-byte
 * accesses; others are ignored when written and read as all ones.
 */
#define SVM_P0_COMMAND		0x00	/* W: SVM_P0_CMD_*; R: SVM_P0_ID */
#define SVM_P0_ADDRESS		0x08	/* W: virtual address; R: last status */
#define SVM_P0_CRC		0x10	/* W: expected CRC-8 of a read command */
#define SVM_P0_LENGTH		0x18	/* W: bytes */
#define SVM_P0_OPTIONS		0x20	/* W: SVM_P0_OPT_* */
#define SVM_P0_PASID		0x50	/* W: PASID or SVM_PASID_NONE */

#define SVM_P0_ID		0x0b1c5111u
#define SVM_P0_CMD_WRITE	1	/* fill memory with 0,1,...,250,0,1,... */
#define SVM_P0_CMD_READ		2	/* CRC-8 over memory, compare */
#define SVM_P0_OPT_PRIVILEGED	0x1
#define SVM_P0_STATUS_OK	0
#define SVM_P0_STATUS_ERROR	1

/* The CRC-8 of portal 0 and of SVM_OP_CHECKSUM: reflected polynomial ABh. */
#define SVM_CRC8_POLYNOMIAL	0xab
#define SVM_CRC8_INIT		0xff
/* The period of the sequence that SVM_P0_CMD_WRITE writes. */
#define SVM_P0_SEQUENCE		251

/* Device registers, 4-byte accesses. */
#define SVM_DEV_VERSION		0x100	/* R: SVM_DEV_VERSION_1 */
#define SVM_DEV_PORTALS		0x104	/* R: number of user portals N */
#define SVM_DEV_QUEUE_DEPTH	0x108	/* R: commands a user portal can hold */
#define SVM_DEV_OPERATIONS	0x10c	/* R: bit n set: operation n supported */
/*
 * Interrupt causes.  Bit n of the 64-bit pair: portal n has ended a command
 * (portal 0: always; others: those with SVM_CMD_INTERRUPT).  Write 1 to clear.
 * The MSI is sent whenever a command that asks for one ends, also when its bit
 * was set already; message number = portal modulo messages enabled.
 */
#define SVM_DEV_CAUSE_LO	0x110
#define SVM_DEV_CAUSE_HI	0x114
/*
 * Counters, 64 bits each at SVM_DEV_COUNTER(n).  Reading the low half latches
 * the high half, so read low first.
 */
#define SVM_DEV_COUNTER(n)	(0x200 + 8 * (n))

#define SVM_DEV_VERSION_1	0x004d5601u

enum svm_counter {
	SVM_COUNTER_ATC_HITS,
	SVM_COUNTER_ATC_MISSES,
	SVM_COUNTER_TRANSLATION_REQUESTS,
	SVM_COUNTER_PAGE_REQUESTS,
	SVM_COUNTER_RESPONSES_SUCCESS,
	SVM_COUNTER_RESPONSES_INVALID,
	SVM_COUNTER_RESPONSES_FAILURE,
	SVM_COUNTER_INVALIDATIONS,
	SVM_COUNTER_COMMANDS_OK,
	SVM_COUNTER_COMMANDS_FAILED,
	SVM_COUNTERS
};

/*
 * Control of user portal n, in the driver's page.  4-byte accesses.
 * The PASID can be written while the portal is disabled.  Of portal 0 there is
 * the status only.
 */
#define SVM_PC(n)		(0x800 + 0x20 * (n))
#define SVM_PC_PASID		0x00	/* RW: PASID or SVM_PASID_NONE */
#define SVM_PC_CONTROL		0x04	/* RW: SVM_PC_CTL_* */
#define SVM_PC_STATUS		0x08	/* R: SVM_PC_STS_* */

#define SVM_PC_CTL_ENABLE	0x1	/* accept submissions */
#define SVM_PC_CTL_PRIVILEGED	0x2	/* SVM_CMD_PRIVILEGED is allowed */
/*
 * Write 1: drop queued commands and end the running one as soon as its current
 * page access or page request has ended.  Reads as 0.  Disabling does the same;
 * the portal is quiet when SVM_PC_STS_BUSY reads 0.
 */
#define SVM_PC_CTL_ABORT	0x4

#define SVM_PC_STS_BUSY		0x1	/* a command runs or is queued */

/* User portal registers, relative to the portal's page, 8-byte accesses. */
#define SVM_UP_SUBMIT		0x00	/* W: address of a struct svm_command */
#define SVM_UP_FREE		0x08	/* R: submissions that still fit */
#define SVM_UP_ENDED		0x10	/* R: commands ended since enabled */
#define SVM_UP_DROPPED		0x18	/* R: submissions lost: full or disabled */
/*
 * The last command that could not be read, or whose record could not be
 * written: its address in 0x20, an enum svm_status in 0x28 (0: none).
 */
#define SVM_UP_LOST_ADDRESS	0x20
#define SVM_UP_LOST_STATUS	0x28

enum svm_operation {
	SVM_OP_NOP,
	SVM_OP_COPY,		/* length bytes from source to destination */
	SVM_OP_FILL,		/* destination, 8-byte pattern in operand[0] */
	SVM_OP_COMPARE,		/* source with destination; result: first
				 * differing offset, or length when equal */
	SVM_OP_CHECKSUM,	/* result: CRC-8 over source */
	SVM_OP_ATOMIC_ADD,	/* *(u64 *)destination += operand[0];
				 * result: the old value */
	SVM_OP_LIST_SUM,	/* follow the list at source, see below */
	SVM_OP_WAIT,		/* until *(u64 *)source == operand[0], at most
				 * length reads; result: the last value read */
	SVM_OPERATIONS
};

/*
 * SVM_OP_LIST_SUM: a node is any structure with an 8-byte next pointer at
 * offset operand[0] and an 8-byte value at offset operand[1].  The device adds
 * up the values until a null pointer or `length` nodes; the result is the sum
 * (modulo 2^64), `done` the number of nodes.
 */

#define SVM_CMD_INTERRUPT	0x1	/* MSI when the command has ended */
#define SVM_CMD_PRIVILEGED	0x2	/* requests with Privileged Mode set */

enum svm_status {
	SVM_STATUS_PENDING,	/* what software writes before submitting */
	SVM_STATUS_OK,
	SVM_STATUS_BAD_COMMAND,	/* operation, flags, alignment, length */
	SVM_STATUS_FAULT,	/* an address was refused */
	SVM_STATUS_UNTRANSLATED_ONLY,	/* interrupt address range */
	SVM_STATUS_DENIED,	/* privileged, but the portal must not be */
	SVM_STATUS_ABORTED,
	SVM_STATUS_LIMIT,	/* SVM_OP_WAIT: the value did not come */
	SVM_STATUS_OFF,		/* ATS, PRI, PASID or bus mastering is off */
};

/* 64 bytes, 64-byte aligned, so that it never crosses a page. */
struct svm_command {
	uint32_t operation;	/* enum svm_operation */
	uint32_t flags;		/* SVM_CMD_* */
	uint64_t record;	/* address of a struct svm_record */
	uint64_t source;
	uint64_t destination;
	uint64_t length;
	uint64_t operand[2];
	uint64_t reserved;	/* 0 */
};

/* 32 bytes, 32-byte aligned.  The device writes status last. */
struct svm_record {
	uint32_t status;	/* enum svm_status */
	uint32_t reserved;
	uint64_t result;
	uint64_t done;		/* bytes, or nodes, finished */
	uint64_t fault_address;	/* the refused address, for the *_FAULT kinds */
};

#define SVM_COMMAND_ALIGN	64
#define SVM_RECORD_ALIGN	32

#endif /* SVM_DEVICE_H */
