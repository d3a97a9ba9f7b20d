/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's objects.
 *
 * struct svm_device	one PCI function.  Lives until the last open file is
 *			closed, which may be long after the function is gone.
 * struct svm_context	one open file: a bound address space and a user portal.
 *			Lives on after the file as long as the device works for it.
 * struct svm_portal	what the interrupt handler knows of a user portal.
 *
 * Locks, in the order in which they are taken:
 *	svm_context.lock	finishing a context, once
 *	svm_portal0.lock	one command at a time
 *	svm_device.access	read: registers may be used; write: a pause or
 *				removal begins, or a pause ends.  A page fault
 *				takes it below mmap_lock, so user memory must
 *				not be touched while it is held, and nothing
 *				waited for but registers.
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
#include <linux/pm.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <svm_device.h>
#include <svm_ioctl.h>

/* How long SVM_IOC_ABORT waits, and how long the last close does. */
#define SVM_ABORT_MS		30000
#define SVM_CLOSE_MS		5000

/* How often a file that was closed is looked at again, see context.c. */
#define SVM_LINGER_JIFFIES	(HZ / 10)

/* How long a reset, a suspend or a removal waits for commands, see pause.c. */
#define SVM_GRACE_MS		1000

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
	u32 status;			/* of the last command */
	u32 losses;			/* commands that a pause has ended */
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

	struct rw_semaphore access;	/* read: the registers may be used */
	bool gone;
	bool silent;			/* and makes no request any more */
	bool paused;
	u32 pauses;
	wait_queue_head_t running;	/* for the end of a pause */

	u32 portal_count;
	u32 queue_depth;
	u32 operations;
	int vector_count;
	struct svm_vector vectors[SVM_VECTORS_MAX];

	struct mutex lock;		/* contexts, portals_used */
	struct list_head contexts;	/* each with a reference */
	struct delayed_work linger;
	wait_queue_head_t finished;	/* for what it has done */
	bool leaving;			/* it is not queued any more */
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
	struct address_space *mapping;	/* while the file is open */
	struct mm_struct *mm;		/* mmgrab: compared only */
	struct svm_bind bind;
	u32 portal;
	bool lost;			/* a pause has ended its commands */
	bool closing;
	bool lingering;			/* for svm_linger() to finish */
	unsigned long patience;		/* jiffies: when its close gives up */

	struct mutex lock;		/* finishing, once */
	bool stopped;
};

static inline bool svm_gone(struct svm_device *svm)
{
	return READ_ONCE(svm->gone);
}

static inline bool svm_paused(struct svm_device *svm)
{
	return READ_ONCE(svm->paused);
}

/* 0 while the file is good for work. */
static inline int svm_context_error(struct svm_context *ctx)
{
	if (svm_gone(ctx->svm))
		return -ENODEV;

	return READ_ONCE(ctx->lost) ? -EIO : 0;
}

static inline void __iomem *svm_portal_control(struct svm_device *svm, u32 n)
{
	return svm->regs + SVM_PC(n);
}

/* main.c */
int svm_identify(struct svm_device *svm);
void svm_wake_everybody(struct svm_device *svm);
void svm_device_put(struct svm_device *svm);

/* interrupt.c */
int svm_interrupts_request(struct svm_device *svm);
void svm_interrupts_free(struct svm_device *svm);
void svm_interrupts_pause(struct svm_device *svm);
void svm_interrupts_resume(struct svm_device *svm);

/* pause.c */
extern const struct pci_error_handlers svm_error_handlers;
extern const struct dev_pm_ops svm_pm_ops;
int svm_access_begin(struct svm_device *svm);
bool svm_access_wait(struct svm_device *svm);
int svm_clean(struct svm_device *svm);
void svm_shutdown(struct svm_device *svm);

/* file.c */
extern const struct file_operations svm_file_ops;

/* context.c */
struct svm_context *svm_context_open(struct svm_device *svm,
				     struct address_space *mapping);
void svm_context_close(struct svm_context *ctx);
void svm_linger(struct work_struct *work);
void svm_contexts_unmap(struct svm_device *svm);
void svm_contexts_finish(struct svm_device *svm);

/* ioctl.c */
long svm_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* portal.c */
int svm_portal_get(struct svm_device *svm, u32 *portal);
void svm_portal_put(struct svm_device *svm, u32 portal);
bool svm_portal_busy(struct svm_device *svm, u32 portal);
bool svm_portal_has_lost(struct svm_device *svm, u32 portal);
void svm_portal_enable(struct svm_device *svm, u32 portal, u32 pasid);
void svm_portal_disable(struct svm_device *svm, u32 portal);
void svm_portal_forget(struct svm_device *svm, u32 portal);
int svm_portal_abort(struct svm_context *ctx);

/* portal0.c */
void svm_portal0_init(struct svm_device *svm);
void svm_portal0_interrupt(struct svm_device *svm);
int svm_portal0_run(struct svm_context *ctx, struct svm_portal0 *command);
bool svm_portal0_works_for(struct svm_device *svm, struct svm_context *ctx);
void svm_portal0_lose(struct svm_device *svm);

/* sva.c */
int svm_bind_current(struct svm_device *svm, struct svm_bind *bind);
void svm_unbind(struct svm_bind *bind);

/* sva_fallback.c */
struct svm_fallback *svm_fallback_bind(struct device *dev, struct mm_struct *mm);
void svm_fallback_unbind(struct svm_fallback *fallback);
u32 svm_fallback_pasid(struct svm_fallback *fallback);

#endif /* SVM_DRIVER_H */
