/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's objects.
 *
 * struct svm_device	one PCI function.  Lives until the last open file is
 *			closed, which may be long after the function is gone.
 * struct svm_context	one open file: a bound address space and a user portal.
 * struct svm_portal	what the interrupt handler knows of a user portal.
 *
 * Locks, in the order in which they are taken:
 *	svm_context.lock	stopping a context, once
 *	svm_device.removal	read: registers may be used; write: removal begins.
 *				mmap() takes it below mmap_lock, so user memory
 *				must not be touched while it is held.
 *	svm_portal0.lock	one command at a time
 *	svm_device.lock		list of contexts, portals in use
 *	svm_device.counter_lock	the latch of the counters' high halves
 */
#ifndef SVM_DRIVER_H
#define SVM_DRIVER_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/wait.h>

#include <svm_device.h>
#include <svm_ioctl.h>

/* A device that is not idle after this long is reported, never waited for. */
#define SVM_IDLE_TIMEOUT_MS	30000

#define SVM_VECTORS_MAX		32

struct svm_portal {
	wait_queue_head_t wait;
	atomic64_t interrupts;	/* since the last read() */
};

struct svm_portal0_state {
	struct mutex lock;		/* one command at a time */
	wait_queue_head_t wait;
	struct svm_context *owner;	/* compared only, never followed */
	bool busy;			/* cleared by the interrupt handler */
};

struct svm_vector {
	struct svm_device *svm;
	u64 portals;		/* whose causes this message announces */
};

struct svm_device {
	struct kref ref;
	struct pci_dev *pdev;
	void __iomem *regs;
	struct miscdevice misc;
	char name[16];
	int id;

	struct rw_semaphore removal;	/* read: the registers may be used */
	bool gone;

	u32 portal_count;
	u32 queue_depth;
	u32 operations;
	int vector_count;
	struct svm_vector vectors[SVM_VECTORS_MAX];

	struct mutex lock;		/* contexts, portals_used */
	struct list_head contexts;
	DECLARE_BITMAP(portals_used, SVM_PORTALS_MAX + 1);
	struct svm_portal portals[SVM_PORTALS_MAX + 1];

	struct svm_portal0_state portal0;
	struct mutex counter_lock;	/* the latch of the high halves */
};

struct svm_fallback;

/* An address space bound to the device, by the one way or the other. */
struct svm_bind {
	struct iommu_sva *sva;
	struct svm_fallback *fallback;
	u32 pasid;
};

struct svm_context {
	struct kref ref;
	struct list_head node;
	struct svm_device *svm;
	struct address_space *mapping;
	struct mm_struct *mm;		/* mmgrab: compared only */
	struct svm_bind bind;
	u32 portal;

	struct mutex lock;		/* stopping, once */
	bool stopped;
};

static inline bool svm_gone(struct svm_device *svm)
{
	return READ_ONCE(svm->gone);
}

static inline void __iomem *svm_portal_control(struct svm_device *svm, u32 n)
{
	return svm->regs + SVM_PC(n);
}

/* main.c */
void svm_device_put(struct svm_device *svm);

/* file.c */
extern const struct file_operations svm_file_ops;
void svm_contexts_unmap(struct svm_device *svm);
void svm_contexts_stop(struct svm_device *svm);

/* ioctl.c */
long svm_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* portal.c */
int svm_portal_get(struct svm_device *svm, u32 *portal);
void svm_portal_put(struct svm_device *svm, u32 portal, bool idle);
void svm_portal_start(struct svm_device *svm, u32 portal, u32 pasid);
int svm_portal_stop(struct svm_device *svm, u32 portal);
int svm_portal_abort(struct svm_device *svm, u32 portal);

/* portal0.c */
void svm_portal0_init(struct svm_device *svm);
void svm_portal0_interrupt(struct svm_device *svm);
int svm_portal0_run(struct svm_context *ctx, struct svm_portal0 *command);
void svm_portal0_drain(struct svm_device *svm, struct svm_context *ctx);
void svm_portal0_shutdown(struct svm_device *svm);

/* sva.c */
int svm_bind_current(struct svm_device *svm, struct svm_bind *bind);
void svm_unbind(struct svm_bind *bind);

/* sva_fallback.c */
struct svm_fallback *svm_fallback_bind(struct device *dev, struct mm_struct *mm);
void svm_fallback_unbind(struct svm_fallback *fallback);
u32 svm_fallback_pasid(struct svm_fallback *fallback);

#endif /* SVM_DRIVER_H */
