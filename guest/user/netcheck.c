/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * netcheck A B: sends raw Ethernet frames of many sizes from interface A to
 * interface B and back and checks every byte that arrives.  Both interfaces
 * hang on the same wire, outside of the guest, so each frame crosses two
 * devices by DMA.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PROTOCOL = 0x88b5, /* for local experiments, IEEE 802 */
	FRAMES = 2000,
	MAX_SIZE = 1514,
	MIN_SIZE = 64,
	TRIES = 5,
};

struct port {
	const char *name;
	int fd;
	int index;
	uint8_t mac[ETH_ALEN];
};

static bool port_open(struct port *port, const char *name)
{
	struct ifreq req = { 0 };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(PROTOCOL) };

	port->name = name;
	port->fd = socket(AF_PACKET, SOCK_RAW, htons(PROTOCOL));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (port->fd < 0 || ioctl(port->fd, SIOCGIFINDEX, &req) < 0)
		goto fail;
	port->index = addr.sll_ifindex = req.ifr_ifindex;
	if (ioctl(port->fd, SIOCGIFHWADDR, &req) < 0)
		goto fail;
	memcpy(port->mac, req.ifr_hwaddr.sa_data, ETH_ALEN);
	if (bind(port->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
fail:
	perror(name);
	return false;
}

static size_t frame_make(uint8_t *frame, const struct port *from,
			 const struct port *to, unsigned int number)
{
	size_t size = MIN_SIZE + number * 37 % (MAX_SIZE - MIN_SIZE + 1);

	memcpy(frame, to->mac, ETH_ALEN);
	memcpy(frame + ETH_ALEN, from->mac, ETH_ALEN);
	frame[12] = PROTOCOL >> 8;
	frame[13] = PROTOCOL & 0xff;
	for (size_t i = ETH_HLEN; i < size; i++)
		frame[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
	return size;
}

/* Waits for one particular frame; anything older is left over from a retry. */
static bool frame_arrives(const struct port *to, const uint8_t *frame,
			  size_t size)
{
	uint8_t got[MAX_SIZE + 1];
	struct pollfd poller = { .fd = to->fd, .events = POLLIN };

	while (poll(&poller, 1, 500) > 0) {
		ssize_t length = recv(to->fd, got, sizeof(got), 0);

		if (length == (ssize_t)size && memcmp(got, frame, size) == 0)
			return true;
		fprintf(stderr, "netcheck: a frame of %zd bytes is not what was sent\n",
			length);
	}
	return false;
}

static bool one_way(const struct port *from, const struct port *to)
{
	uint8_t frame[MAX_SIZE];

	for (unsigned int number = 0; number < FRAMES; number++) {
		size_t size = frame_make(frame, from, to, number);
		int tries = 0;

		do {
			if (tries++ == TRIES ||
			    send(from->fd, frame, size, 0) != (ssize_t)size) {
				fprintf(stderr, "netcheck: frame %u from %s is lost\n",
					number, from->name);
				return false;
			}
		} while (!frame_arrives(to, frame, size));
	}
	return true;
}

int main(int argc, char **argv)
{
	struct port a, b;

	if (argc != 3) {
		fprintf(stderr, "usage: netcheck INTERFACE INTERFACE\n");
		return 2;
	}
	if (!port_open(&a, argv[1]) || !port_open(&b, argv[2]))
		return 1;
	return one_way(&a, &b) && one_way(&b, &a) ? 0 : 1;
}
