/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit's driver (vtd/kit/driver.h) by short names. */
#ifndef VTD_TESTS_REGS_H
#define VTD_TESTS_REGS_H

#include <sched.h>

#include <vtd/kit/driver.h>

#include "tables.h"

#define regs_fault vtd_kit_fault
#define regs_queue vtd_kit_queue
#define regs_page_queue vtd_kit_page_queue

#define regs_read_32 vtd_kit_read_32
#define regs_read_64 vtd_kit_read_64
#define regs_write_32 vtd_kit_write_32
#define regs_write_64 vtd_kit_write_64
#define regs_command_set vtd_kit_command_set
#define regs_command_clear vtd_kit_command_clear
#define regs_set_root_table vtd_kit_set_root_table
#define regs_set_interrupt_table vtd_kit_set_interrupt_table
#define regs_set_event vtd_kit_set_event
#define regs_take_fault vtd_kit_fault_take
#define regs_drop_faults vtd_kit_faults_drop
#define regs_queue_start vtd_kit_queue_start
#define regs_queue_put vtd_kit_queue_put
#define regs_queue_submit vtd_kit_queue_submit
#define regs_queue_put_wait vtd_kit_queue_put_wait
#define regs_queue_is_done vtd_kit_queue_is_done
#define regs_queue_do vtd_kit_queue_do
#define regs_queue_flush vtd_kit_queue_flush
#define regs_page_queue_start vtd_kit_page_queue_start
#define regs_page_queue_take vtd_kit_page_queue_take

/* Waits for as long as other threads hold it up. */
static inline void regs_queue_flush_and_wait(struct regs_queue *queue)
{
	regs_queue_flush(queue);
	while (!regs_queue_is_done(queue))
		sched_yield();
}

#endif /* VTD_TESTS_REGS_H */
