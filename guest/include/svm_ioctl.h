/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/*
 * svm_ioctl.h: what /dev/svmN offers to a process.
 *
 * Opening /dev/svmN binds the address space of the caller to the device and
 * reserves one user portal for the file.  open() fails with
 *	EBUSY		every user portal is taken,
 *	EOPNOTSUPP	this kernel refuses to share an address space with a
 *			device (see the kernel log and guest/README.md),
 *	ENODEV, EINVAL	the IOMMU cannot do it for this device.
 *
 * mmap() of SVM_PORTAL_SIZE bytes at offset 0, MAP_SHARED, maps the portal
 * (svm_device.h, SVM_UP_*); submitting needs no system call.  The mapping is
 * not inherited by fork().  Once the device is gone the mapping raises SIGBUS.
 *
 * read() of 8 bytes waits for interrupts of the portal and returns how many
 * came since the last read, as an eventfd does; poll() reports POLLIN.
 * Interrupts can be merged, so one read may stand for several commands: the
 * completion records say which ones have ended.
 *
 * A reset of the device, or a suspend of the machine, gives commands a second to
 * end.  A file whose commands have ended works on afterwards; the portal's counts
 * begin anew, and a submission meanwhile waits.  The commands of any other file
 * are aborted, without a record if they were queued: the file is lost, its calls
 * fail with EIO, poll() reports POLLERR, the mapping raises SIGBUS, and it has to
 * be opened again.
 *
 * Every call fails with ENODEV once the device has been removed and with EPERM
 * when it comes from another address space than the one that opened the file,
 * because the file's portal works in that one.
 */
#ifndef SVM_IOCTL_H
#define SVM_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The driver attached the address space itself, not iommu_sva_bind_device. */
#define SVM_INFO_FALLBACK	0x1

struct svm_info {
	__u32 portal;		/* user portal of this file, 1..portals */
	__u32 portals;		/* user portals that the device has */
	__u32 queue_depth;	/* commands that a portal can hold */
	__u32 operations;	/* bit n: operation n is supported */
	__u32 pasid;
	__u32 flags;		/* SVM_INFO_* */
};

/*
 * Run one command on portal 0, in the PASID of this file, and wait for its
 * end.  Portal 0 is shared: callers take turns.  A signal ends the wait with
 * EINTR while the command goes on; EIO says that a reset has ended it.
 *
 * The length is limited because portal 0 has no way to abort a command.
 * Privileged requests and requests without PASID need CAP_SYS_RAWIO: they are
 * not confined to the address space of the caller.
 */
#define SVM_PORTAL0_LENGTH_MAX	(64u << 20)

#define SVM_PORTAL0_NO_PASID	0x1

struct svm_portal0 {
	__u32 command;		/* SVM_P0_CMD_* */
	__u32 options;		/* SVM_P0_OPT_* */
	__u64 address;
	__u64 length;		/* bytes, at most SVM_PORTAL0_LENGTH_MAX */
	__u32 crc;		/* expected CRC-8 of a read command */
	__u32 flags;		/* SVM_PORTAL0_* */
	__u32 status;		/* returned: SVM_P0_STATUS_* */
	__u32 reserved;		/* 0 */
};

/* The device's counters, indexed by enum svm_counter. */
struct svm_counters {
	__u64 value[16];
};

#define SVM_IOC_MAGIC		0xb5
#define SVM_IOC_INFO		_IOR(SVM_IOC_MAGIC, 0x60, struct svm_info)
#define SVM_IOC_COUNTERS	_IOR(SVM_IOC_MAGIC, 0x61, struct svm_counters)
#define SVM_IOC_PORTAL0		_IOWR(SVM_IOC_MAGIC, 0x62, struct svm_portal0)
/* End the commands of this file's portal and wait until it is idle. */
#define SVM_IOC_ABORT		_IO(SVM_IOC_MAGIC, 0x63)

#endif /* SVM_IOCTL_H */
