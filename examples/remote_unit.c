/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit whose device is another process (remote_device.c), at the other end of a
 * socket.  The device is killed in the middle of an access, while software waits
 * for an invalidation, and started again.  Argument: the device's program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vtd/kit/host.h>

#include "remote.h"
#include "toy_os.h"

static struct vtd_kit_host host;

/* The device: what it owes, and what its last request was answered, too. */
static const char *program;
static pid_t process;
static int wire = -1;
static uint32_t outstanding;
static bool may_write;

static int invalidate(struct vtd_kit_host *from,
		      const struct vtd_device_tlb_invalidation *request)
{
	const struct vtd_kit_wire_message message = {
		.type = VTD_KIT_WIRE_INVALIDATION,
		.invalidation = *request,
	};

	outstanding |= UINT32_C(1) << request->itag;
	return remote_send(wire, &message) ? 0 : -ENODEV;
}

static void respond(struct vtd_kit_host *from,
		    const struct vtd_page_group_response *response)
{
	const struct vtd_kit_wire_message message = {
		.type = VTD_KIT_WIRE_PAGE_GROUP_RESPONSE,
		.response = *response,
	};

	remote_send(wire, &message);
}

/* Source-ids are who is at the end of the wire, whatever the device says. */
static void receive(struct vtd_kit_wire_message *message)
{
	if (message->type == VTD_KIT_WIRE_TRANSLATION_REQUEST) {
		message->request.sid = OS_SID;
		message->type = VTD_KIT_WIRE_TRANSLATION;
		vtd_unit_translate(host.unit, &message->request,
				   &message->translation);
		remote_send(wire, message);
		may_write = message->translation.write;
	} else if (message->type == VTD_KIT_WIRE_PAGE_REQUEST) {
		printf("page request\n");
		message->page_request.sid = OS_SID;
		vtd_unit_page_request(host.unit, &message->page_request);
		os_page_request();
	} else if (message->type == VTD_KIT_WIRE_INVALIDATION_COMPLETION) {
		outstanding &= ~message->itags;
		vtd_unit_device_tlb_complete(host.unit, OS_SID, message->itags,
					     message->count);
	}
}

/* Until the device may write or is gone; and until it has, which it does by
 * itself. */
static void serve(const char *byte)
{
	struct vtd_kit_wire_message message;

	may_write = false;
	while (!may_write && remote_receive(wire, &message))
		receive(&message);
	while (may_write && __atomic_load_n(byte, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	printf("the device has written %c\n", *byte);
}

static void start_device(const char *what, const char *address)
{
	const struct vtd_kit_wire_message hello = { .type = VTD_KIT_WIRE_HELLO };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		exit(1);
	fflush(stdout);
	process = fork();
	if (process == 0) {
		dup2(pair[1], REMOTE_SOCKET);
		execl(program, program, what, address, (char *)NULL);
		_exit(1);
	}
	close(pair[1]);
	wire = pair[0];
	remote_send(wire, &hello);
}

/* When the process is gone, nothing uses what it had: what it owes is done. */
static void kill_device(void)
{
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
	close(wire);
	wire = -1;
	vtd_unit_device_tlb_complete(host.unit, OS_SID, outstanding, 1);
	outstanding = 0;
}

int main(int argc, char **argv)
{
	struct vtd_config config;
	int file = memfd_create("guest", 0);
	char *memory;

	program = argv[1];
	vtd_config_init(&config);
	if (argc != 2 || ftruncate(file, REMOTE_MEMORY_SIZE) != 0 ||
	    dup2(file, REMOTE_MEMORY) < 0)
		return 2;
	memory = remote_memory(file);
	if (vtd_kit_host_init_on(&host, memory, REMOTE_MEMORY_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &host.unit) != 0)
		return 1;
	host.on_invalidation = invalidate;
	host.on_response = respond;
	os_boot(&host);

	start_device("hang", "7123");
	serve(&memory[OS_FREE_PAGE + 0x123]);
	printf("unmapped: %d\n", os_unmap(0x7000));
	kill_device();
	printf("killed, unmapped: %d\n", vtd_kit_queue_is_done(&os_queue));
	start_device("work", "7124");
	serve(&memory[OS_FREE_PAGE + 0x124]);
	kill_device();
	vtd_unit_destroy(host.unit);
	return 0;
}
