/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Likely causes, by fault reason code.  They are experience, not
 * specification: what drivers, firmware and devices do wrong when this code
 * shows.
 */
#include "advice.h"

#include <inttypes.h>
#include <stdio.h>

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "text.h"

/* Which structure a reason is about. */
enum structure {
	ROOT_POINTER,
	ROOT,
	SM_ROOT,
	CONTEXT,
	SM_CONTEXT,
	DIRECTORY,
	PASID,
	FIRST_STAGE,
	SECOND_STAGE,
	ANY_STAGE,
	INTERRUPT,
	REQUEST,
};

#define UNREADABLE "the table lies where there is no memory"
#define STALE "the table was changed and the caches were not invalidated"
#define GARBAGE "the table was freed or overwritten while the unit used it"
#define EARLY \
	"firmware left the device working, and the system turned translation on"
#define ALIAS \
	"the request has another source-id than its device: a bridge, a second function"
#define UNMAPPED \
	"the driver has unmapped or freed the buffer while the device still uses it"
#define NEVER_MAPPED \
	"the driver gave the device an address that it never mapped"
#define DIRECTION "the buffer was mapped for the other direction"
#define RESERVED_REGION \
	"firmware uses the memory and does not say so (RMRR in the ACPI DMAR table)"
#define NO_DRIVER "no driver has the device, or it has just let it go"
#define FEATURE \
	"software uses a feature that the unit's CAP or ECAP does not have"
#define WIDE "the address is wider than the tables: corrupted or sign-extended"

/* clang-format off */
static const struct row {
	uint8_t first;
	uint8_t last;
	enum structure structure;
	const char *cause[CAUSES_MAX];
} rows[] = {
	{ 0x01, 0x01, ROOT, { NO_DRIVER, ALIAS, EARLY } },
	{ 0x02, 0x02, CONTEXT, { NO_DRIVER, ALIAS, EARLY } },
	{ 0x03, 0x03, CONTEXT, { FEATURE, GARBAGE } },
	{ 0x04, 0x04, ANY_STAGE, { WIDE, NEVER_MAPPED } },
	{ 0x05, 0x05, ANY_STAGE,
	  { UNMAPPED, NEVER_MAPPED, DIRECTION, RESERVED_REGION } },
	{ 0x06, 0x06, ANY_STAGE,
	  { UNMAPPED, NEVER_MAPPED, DIRECTION, RESERVED_REGION } },
	{ 0x07, 0x07, SECOND_STAGE, { UNREADABLE, GARBAGE } },
	{ 0x08, 0x08, ROOT, { UNREADABLE, "the root table pointer is wrong" } },
	{ 0x09, 0x09, CONTEXT, { UNREADABLE, GARBAGE } },
	{ 0x0a, 0x0a, ROOT, { GARBAGE } },
	{ 0x0b, 0x0b, CONTEXT, { GARBAGE, FEATURE } },
	{ 0x0c, 0x0c, SECOND_STAGE, { GARBAGE, UNMAPPED, FEATURE } },
	{ 0x0d, 0x0d, CONTEXT,
	  { "the device uses ATS, and its context entry does not allow it" } },
	{ 0x0e, 0x0e, SECOND_STAGE,
	  { "a mapping leads to the interrupt address range, FEEx_xxxxh" } },
	{ 0x20, 0x20, INTERRUPT,
	  { "the interrupt message was not made by the system that remaps it" } },
	{ 0x21, 0x21, INTERRUPT,
	  { "the device sends an interrupt message of an earlier owner",
	    "the driver wrote the message by itself" } },
	{ 0x22, 0x22, INTERRUPT,
	  { "the interrupt was freed while the device still sends it",
	    "after a resume or a kexec the device has an old message" } },
	{ 0x23, 0x23, INTERRUPT, { UNREADABLE } },
	{ 0x24, 0x24, INTERRUPT, { GARBAGE, FEATURE } },
	{ 0x25, 0x25, INTERRUPT,
	  { "the message is not in remappable format: firmware, or a driver, wrote it",
	    "a device (an I/O APIC, too) lost its settings in a suspend",
	    "a device sends its messages as another one does for it (VMD, bridges)" } },
	{ 0x26, 0x26, INTERRUPT,
	  { ALIAS, "one device sends the interrupt of another" } },
	{ 0x27, 0x28, INTERRUPT,
	  { "the posted interrupt descriptor of a virtual machine is gone" } },
	{ 0x29, 0x29, REQUEST,
	  { "the device reads or writes FEEx_xxxxh as if it were memory" } },
	{ 0x30, 0x30, ROOT_POINTER, { FEATURE } },
	{ 0x31, 0x32, ROOT_POINTER,
	  { "the device uses PASID or page requests and the system runs in legacy mode" } },
	{ 0x33, 0x33, ROOT_POINTER,
	  { "the system has all DMA aborted: it is starting, or going down" } },
	{ 0x34, 0x34, REQUEST, { FEATURE } },
	{ 0x38, 0x38, SM_ROOT, { UNREADABLE, "the root table pointer is wrong" } },
	{ 0x39, 0x39, SM_ROOT, { NO_DRIVER, ALIAS, EARLY } },
	{ 0x3a, 0x3a, SM_ROOT, { GARBAGE } },
	{ 0x40, 0x40, SM_CONTEXT, { UNREADABLE, GARBAGE } },
	{ 0x41, 0x41, SM_CONTEXT, { NO_DRIVER, ALIAS, EARLY } },
	{ 0x42, 0x43, SM_CONTEXT, { GARBAGE, FEATURE } },
	{ 0x44, 0x44, SM_CONTEXT,
	  { "the device uses ATS, and its context entry does not allow it (DTE)",
	    "ATS of the device was left on when its driver went" } },
	{ 0x45, 0x46, SM_CONTEXT,
	  { "the device uses a PASID that the system did not enable (PASIDE, PDTS)" } },
	{ 0x47, 0x47, SM_CONTEXT,
	  { "the device asks for pages, and its context entry does not allow it (PRE)" } },
	{ 0x48, 0x49, SM_CONTEXT,
	  { "the device uses a PASID in a way that the system did not enable" } },
	{ 0x50, 0x50, DIRECTORY, { UNREADABLE, GARBAGE } },
	{ 0x51, 0x51, DIRECTORY,
	  { "no process or domain has been bound to the PASID",
	    "the directory was written and not flushed to memory (ECAP.C is 0)", STALE } },
	{ 0x52, 0x52, DIRECTORY, { GARBAGE } },
	{ 0x58, 0x58, PASID, { UNREADABLE, GARBAGE } },
	{ 0x59, 0x59, PASID,
	  { "the process has ended, or was unbound, and the device still works for it",
	    "no process or domain has been bound to the PASID", STALE } },
	{ 0x5a, 0x5b, PASID, { GARBAGE, FEATURE } },
	{ 0x5c, 0x5d, PASID,
	  { "the device asks for rights (execute, privileged) that the PASID does not have" } },
	{ 0x70, 0x70, FIRST_STAGE, { UNREADABLE, GARBAGE } },
	{ 0x71, 0x71, FIRST_STAGE,
	  { UNMAPPED, NEVER_MAPPED,
	    "the page is not in memory, and the device does not ask for it (ATS, PRI)" } },
	{ 0x72, 0x72, FIRST_STAGE, { GARBAGE, FEATURE } },
	{ 0x73, 0x73, FIRST_STAGE, { UNREADABLE, GARBAGE } },
	{ 0x74, 0x74, FIRST_STAGE, { GARBAGE, WIDE } },
	{ 0x75, 0x77, SECOND_STAGE,
	  { "the guest's tables lie in memory that the host has not mapped, or for reading only" } },
	{ 0x78, 0x78, SECOND_STAGE, { UNREADABLE, GARBAGE } },
	{ 0x79, 0x79, SECOND_STAGE, { UNMAPPED, NEVER_MAPPED, RESERVED_REGION } },
	{ 0x7a, 0x7a, SECOND_STAGE, { GARBAGE, FEATURE } },
	{ 0x7b, 0x7b, SECOND_STAGE, { UNREADABLE, GARBAGE } },
	{ 0x7c, 0x7d, SECOND_STAGE,
	  { "accessed and dirty bits are on, and the tables cannot be written so" } },
	{ 0x80, 0x80, REQUEST, { WIDE, NEVER_MAPPED } },
	{ 0x81, 0x81, FIRST_STAGE,
	  { "a device uses an address of the kernel by a process's PASID",
	    "the kernel's own PASID entry does not allow privileged requests (SRE)" } },
	{ 0x83, 0x83, ANY_STAGE, { GARBAGE, WIDE } },
	{ 0x84, 0x84, REQUEST, { WIDE, NEVER_MAPPED } },
	{ 0x85, 0x85, ANY_STAGE,
	  { "the memory is read-only for the process (or copy-on-write, and the device does not ask)",
	    DIRECTION, UNMAPPED, RESERVED_REGION } },
	{ 0x86, 0x86, ANY_STAGE,
	  { UNMAPPED, NEVER_MAPPED, DIRECTION, RESERVED_REGION } },
	{ 0x87, 0x87, ANY_STAGE,
	  { "a mapping leads to the interrupt address range, FEEx_xxxxh" } },
	{ 0x89, 0x89, REQUEST, { FEATURE } },
	{ 0x90, 0x91, FIRST_STAGE,
	  { "accessed and dirty bits are needed, and the tables cannot be written so" } },
};
/* clang-format on */

static const struct row *find(uint8_t reason)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (reason >= rows[i].first && reason <= rows[i].last)
			return &rows[i];
	return NULL;
}

static void take_causes(const char *const *cause, struct advice *advice)
{
	for (advice->causes = 0;
	     advice->causes < CAUSES_MAX && cause[advice->causes] != NULL;
	     advice->causes++)
		advice->cause[advice->causes] = cause[advice->causes];
}

/* Index in the table of a level, of 512 entries. */
static unsigned int index_of(uint64_t address, unsigned int level)
{
	return (unsigned int)(address >> (VTD_PAGE_SHIFT + 9 * (level - 1)) &
			      0x1ff);
}

static void name_pages(const struct message *m, const char *stage,
		       struct advice *advice)
{
	snprintf(advice->entry, sizeof(advice->entry),
		 "%sentry of 0x%" PRIx64
		 ": indices 0x%x, 0x%x, 0x%x, 0x%x of levels 4 to 1",
		 stage, m->address, index_of(m->address, 4),
		 index_of(m->address, 3), index_of(m->address, 2),
		 index_of(m->address, 1));
}

/* The half of a scalable-mode root entry, and what is in its table. */
static void name_context(const struct message *m, unsigned int size,
			 unsigned int index, struct advice *advice)
{
	snprintf(advice->entry, sizeof(advice->entry),
		 "context entry of %s: context table of bus 0x%02x + 0x%x",
		 sid_text(m->sid).text, m->sid >> 8, index * size);
}

static void name_pasid(const struct message *m, bool directory,
		       struct advice *advice)
{
	uint32_t pasid = m->pasid_present ? m->pasid : 0;
	const char *which = m->pasid_present ? "" :
					       " (of RID_PASID, if that is 0)";

	if (directory)
		snprintf(advice->entry, sizeof(advice->entry),
			 "PASID directory entry of %s: directory + 0x%x%s",
			 sid_text(m->sid).text,
			 (pasid >> 6) * VTD_PASID_DIR_ENTRY_SIZE, which);
	else
		snprintf(advice->entry, sizeof(advice->entry),
			 "PASID table entry of %s: table of directory entry "
			 "0x%x + 0x%x%s",
			 sid_text(m->sid).text, pasid >> 6,
			 (pasid & 63) * VTD_PASID_ENTRY_SIZE, which);
}

static void name_root(const struct message *m, unsigned int half,
		      struct advice *advice)
{
	snprintf(advice->entry, sizeof(advice->entry),
		 "root entry of bus 0x%02x: root table + 0x%x", m->sid >> 8,
		 (m->sid >> 8) * VTD_ROOT_ENTRY_SIZE + half);
}

static void name_entry(enum structure structure, const struct message *m,
		       struct advice *advice)
{
	unsigned int devfn = m->sid & 0xff;

	switch (structure) {
	case ROOT_POINTER:
		snprintf(advice->entry, sizeof(advice->entry),
			 "root table address register, RTADDR");
		break;
	case ROOT:
		name_root(m, 0, advice);
		break;
	case SM_ROOT:
		name_root(m, devfn >= 0x80 ? 8 : 0, advice);
		break;
	case CONTEXT:
		name_context(m, VTD_CONTEXT_ENTRY_SIZE, devfn, advice);
		break;
	case SM_CONTEXT:
		name_context(m, VTD_SM_CONTEXT_ENTRY_SIZE, devfn & 0x7f,
			     advice);
		break;
	case DIRECTORY:
	case PASID:
		name_pasid(m, structure == DIRECTORY, advice);
		break;
	case FIRST_STAGE:
		name_pages(m, "first-stage ", advice);
		break;
	case SECOND_STAGE:
		name_pages(m, "second-stage ", advice);
		break;
	case ANY_STAGE:
		name_pages(m, "paging ", advice);
		break;
	case INTERRUPT:
		snprintf(advice->entry, sizeof(advice->entry),
			 "interrupt remapping entry 0x%" PRIx64
			 ": table + 0x%" PRIx64,
			 m->address, m->address * VTD_IRTE_SIZE);
		break;
	case REQUEST:
		snprintf(advice->entry, sizeof(advice->entry),
			 "the request itself");
		break;
	}
}

void advise_fault(const struct message *fault, struct advice *advice)
{
	const struct row *row = find(fault->reason);

	*advice = (struct advice){ .causes = 0 };
	if (row == NULL)
		return;
	name_entry(row->structure, fault, advice);
	take_causes(row->cause, advice);
	if (fault->kind == MESSAGE_DMA_FAULT && fault->address < 0x1000 &&
	    row->structure == ANY_STAGE && advice->causes > 0)
		advice->cause[0] =
			"the device has an address that nobody set (0): a driver "
			"that forgot to, or a reset that it did not notice";
}

#define GONE \
	"the registers read as ones: the unit or its bus was switched off or reset"

void advise_queue(const struct message *error, struct advice *advice)
{
	static const char *const timeout[] = {
		"the device was removed, reset or is asleep, with ATS still on",
		"the device's ATS is broken: pci=noats of Linux avoids it",
		NULL,
	};
	static const char *const completion[] = {
		"the device answers an invalidation that nobody sent, or twice",
		NULL,
	};
	static const char *const queue[] = {
		"the descriptor at the head is wrong for this unit: see it, and ECAP",
		"the queue was overwritten",
		NULL,
	};
	static const char *const overflow[] = {
		"devices ask for pages faster than the system answers",
		"a thread that answers is stuck",
		NULL,
	};
	static const char *const gone[] = { GONE, NULL };
	static const char *const none[] = { NULL };

	*advice = (struct advice){ .causes = 0 };
	if (error->kind == MESSAGE_QUEUE_TIMEOUT)
		take_causes(error->sid == 0xffff ? gone : timeout, advice);
	else if (error->kind == MESSAGE_BAD_COMPLETION)
		take_causes(error->sid == 0xffff ? gone : completion, advice);
	else if (error->kind == MESSAGE_QUEUE_ERROR)
		take_causes(error->value == 0xf ? gone : queue, advice);
	else
		take_causes(error->kind == MESSAGE_PAGE_OVERFLOW ? overflow :
								   none,
			    advice);
}
