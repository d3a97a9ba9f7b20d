/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * netcheck A B: sends raw Ethernet frames of many sizes from interface A to
 * interface B and back and checks every byte that arrives.  Both interfaces
 * hang on the same wire, outside of the guest, so each frame crosses two
 * devices by DMA.  Before, their rings are made small (guest/run says why).
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
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
	FRAMES = 8000,
	BURST = 32,
	PATIENCE_MS = 20000, /* emulated processors are slow */
	MAX_SIZE = 1514,
	MIN_SIZE = 64,
	TRIES = 5,
	RING_SIZE = 256,
};

struct port {
	const char *name;
	int fd;
	int index;
	uint8_t mac[ETH_ALEN];
};

static bool make_rings_small(const struct port *port, struct ifreq *req)
{
	struct ethtool_ringparam rings = { .cmd = ETHTOOL_GRINGPARAM };

	req->ifr_data = (void *)&rings;
	if (ioctl(port->fd, SIOCETHTOOL, req) < 0)
		return false;
	if (rings.rx_pending <= RING_SIZE && rings.tx_pending <= RING_SIZE)
		return true;
	rings.cmd = ETHTOOL_SRINGPARAM;
	rings.rx_pending = rings.tx_pending = RING_SIZE;
	return ioctl(port->fd, SIOCETHTOOL, req) == 0;
}

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
	if (!make_rings_small(port, &req))
		goto fail;
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

static bool send_frame(const struct port *from, const struct port *to,
		       unsigned int number)
{
	uint8_t frame[MAX_SIZE];
	size_t size = frame_make(frame, from, to, number);

	if (send(from->fd, frame, size, 0) == (ssize_t)size)
		return true;
	perror(from->name);
	return false;
}

/* The next frame that arrives has to be this one, all of it. */
static bool frame_arrives(const struct port *from, const struct port *to,
			  unsigned int number, int patience_ms)
{
	uint8_t frame[MAX_SIZE], got[MAX_SIZE + 1];
	size_t size = frame_make(frame, from, to, number);
	struct pollfd poller = { .fd = to->fd, .events = POLLIN };
	ssize_t length;

	if (poll(&poller, 1, patience_ms) <= 0) {
		fprintf(stderr, "netcheck: frame %u from %s is lost\n", number,
			from->name);
		return false;
	}
	length = recv(to->fd, got, sizeof(got), 0);
	if (length == (ssize_t)size && memcmp(got, frame, size) == 0)
		return true;
	fprintf(stderr,
		"netcheck: instead of frame %u from %s came %zd other bytes\n",
		number, from->name, length);
	return false;
}

/* A card that has just come up may miss the first frames. */
static bool warm_up(const struct port *from, const struct port *to)
{
	struct pollfd poller = { .fd = to->fd, .events = POLLIN };
	uint8_t rest[MAX_SIZE];
	int tries = 0;

	do {
		if (tries++ == TRIES || !send_frame(from, to, 0))
			return false;
	} while (!frame_arrives(from, to, 0, 1000));
	/* What was sent in vain may come after all. */
	while (poll(&poller, 1, 200) > 0)
		recv(to->fd, rest, sizeof(rest), 0);
	return true;
}

/* In bursts, so that rings fill and wrap around. */
static bool one_way(const struct port *from, const struct port *to)
{
	for (unsigned int first = 0; first < FRAMES; first += BURST) {
		for (unsigned int i = 0; i < BURST; i++)
			if (!send_frame(from, to, first + i))
				return false;
		for (unsigned int i = 0; i < BURST; i++)
			if (!frame_arrives(from, to, first + i, PATIENCE_MS))
				return false;
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
	if (!warm_up(&a, &b) || !warm_up(&b, &a))
		return 1;
	return one_way(&a, &b) && one_way(&b, &a) ? 0 : 1;
}
