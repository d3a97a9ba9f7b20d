// SPDX-License-Identifier: GPL-2.0-only
/*
 * small_rings: drivers of virtio devices on PCI see queues of 256 entries at
 * most, and make rings of no more.  For a QEMU that offers 1024 whatever its
 * properties say, and a back end that cannot cope with them behind a remapping
 * unit (docs/clients.md).  To be loaded before the drivers.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>

#define MOST 256

static int shrink(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if ((u16)regs_return_value(regs) > MOST)
		regs_set_return_value(regs, MOST);
	return 0;
}
NOKPROBE_SYMBOL(shrink);

static struct kretprobe probe = {
	.kp.symbol_name = "vp_modern_get_queue_size",
	.handler = shrink,
};

static int __init small_rings_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit small_rings_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(small_rings_init);
module_exit(small_rings_exit);
MODULE_DESCRIPTION("virtio rings of 256 entries at most");
MODULE_LICENSE("GPL");
