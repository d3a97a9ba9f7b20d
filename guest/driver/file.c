// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of /dev/svmN and the life of its open files.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "svm.h"

static void svm_context_free(struct kref *ref)
{
	struct svm_context *ctx = container_of(ref, struct svm_context, ref);

	mmdrop(ctx->mm);
	svm_device_put(ctx->svm);
	kfree(ctx);
}

/*
 * Ends everything the context does with the device; called by whichever comes
 * first, the last close or the removal of the device, and waited for by the
 * other.
 *
 * When a process exits, its address space is torn down before its files are
 * closed: the PASID is blocked by then and the device's requests are refused.
 */
static void svm_context_stop(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	bool idle;

	WRITE_ONCE(ctx->closing, true);
	mutex_lock(&ctx->lock);
	if (!ctx->stopped) {
		idle = !svm_portal_stop(svm, ctx->portal);
		svm_portal0_drain(svm, ctx);
		svm_unbind(&ctx->bind);
		/* Its portal is another's from now on. */
		WRITE_ONCE(ctx->stopped, true);
		svm_portal_put(svm, ctx->portal, idle);
	}
	mutex_unlock(&ctx->lock);
}

static struct svm_context *svm_context_alloc(struct svm_device *svm,
					     struct file *file)
{
	struct svm_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return NULL;

	kref_init(&ctx->ref);
	mutex_init(&ctx->lock);
	ctx->mapping = file->f_mapping;
	ctx->mm = current->mm;
	mmgrab(ctx->mm);
	ctx->svm = svm;
	kref_get(&svm->ref);

	return ctx;
}

/*
 * Newer kernels bind nothing while they reset a device.  What is bound when a
 * pause begins survives it.
 */
static int svm_context_bind(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	u32 pauses;
	int ret;

	do {
		ret = svm_access_begin(svm);
		if (ret)
			return ret;
		pauses = svm->pauses;
		up_read(&svm->access);

		ret = svm_bind_current(svm, &ctx->bind);
	} while (ret == -EBUSY && pauses != READ_ONCE(svm->pauses));

	return ret;
}

/* From here on a pause knows of it, or there is none. */
static int svm_context_start(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	int ret;

	ret = svm_access_begin(svm);
	if (ret)
		return ret;

	svm_portal_enable(svm, ctx->portal, ctx->bind.pasid);
	mutex_lock(&svm->lock);
	list_add(&ctx->node, &svm->contexts);
	mutex_unlock(&svm->lock);
	up_read(&svm->access);

	return 0;
}

/*
 * misc_open() and misc_deregister() exclude each other, so the device is there
 * during the whole of this function.
 */
static int svm_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;
	struct svm_device *svm = container_of(misc, struct svm_device, misc);
	struct svm_context *ctx;
	int ret;

	if (!current->mm)
		return -EINVAL;

	ctx = svm_context_alloc(svm, file);
	if (!ctx)
		return -ENOMEM;

	ret = svm_portal_get(svm, &ctx->portal);
	if (ret)
		goto free_context;

	ret = svm_context_bind(ctx);
	if (ret)
		goto put_portal;

	ret = svm_context_start(ctx);
	if (ret)
		goto unbind;
	file->private_data = ctx;

	return stream_open(inode, file);

unbind:
	svm_unbind(&ctx->bind);
put_portal:
	svm_portal_put(svm, ctx->portal, true);
free_context:
	kref_put(&ctx->ref, svm_context_free);
	return ret;
}

static int svm_release(struct inode *inode, struct file *file)
{
	struct svm_context *ctx = file->private_data;
	struct svm_device *svm = ctx->svm;

	svm_context_stop(ctx);

	mutex_lock(&svm->lock);
	list_del_init(&ctx->node);
	mutex_unlock(&svm->lock);
	kref_put(&ctx->ref, svm_context_free);

	return 0;
}

/*
 * Waits for the end of a pause, without the address space's lock: commands that
 * are to end first may need it for their pages.
 */
static vm_fault_t svm_portal_fault_wait(struct vm_fault *vmf)
{
	struct file *file = vmf->vma->vm_file;
	struct svm_context *ctx = file->private_data;
	struct svm_device *svm = ctx->svm;

	/* It comes back at once, and may wait then. */
	if (!fault_flag_allow_retry_first(vmf->flags))
		return VM_FAULT_NOPAGE;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	get_file(file);
	release_fault_lock(vmf);
	/* A signal is served first, then the access comes back. */
	wait_event_interruptible(svm->running, !svm_paused(svm));
	fput(file);

	return VM_FAULT_RETRY;
}

/*
 * The portal is put into the page table when it is touched, not in mmap(): by
 * then the mapping is where svm_contexts_unmap() finds it.
 */
static vm_fault_t svm_portal_fault(struct vm_fault *vmf)
{
	struct svm_context *ctx = vmf->vma->vm_file->private_data;
	struct svm_device *svm = ctx->svm;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	phys_addr_t start;
	bool paused;

	down_read(&svm->access);
	paused = svm->paused;
	if (!paused && !svm_context_error(ctx)) {
		start = pci_resource_start(svm->pdev, 0) +
			(phys_addr_t)ctx->portal * SVM_PORTAL_SIZE;
		ret = vmf_insert_pfn(vmf->vma, vmf->address, PHYS_PFN(start));
	}
	up_read(&svm->access);

	return paused ? svm_portal_fault_wait(vmf) : ret;
}

static const struct vm_operations_struct svm_portal_vm_ops = {
	.fault = svm_portal_fault,
};

static int svm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct svm_context *ctx = file->private_data;

	if (vma->vm_mm != ctx->mm)
		return -EPERM;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != SVM_PORTAL_SIZE)
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	/* A child must not submit work into its parent's address space. */
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			  VM_DONTDUMP);
	vma->vm_ops = &svm_portal_vm_ops;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);

	return svm_context_error(ctx);
}

static int svm_wait_interrupt(struct svm_context *ctx, bool nonblock)
{
	struct svm_device *svm = ctx->svm;
	struct svm_portal *portal = &svm->portals[ctx->portal];
	int ret;

	if (!nonblock) {
		ret = wait_event_interruptible(portal->wait,
					       atomic64_read(&portal->interrupts) ||
					       svm_context_error(ctx));
		if (ret)
			return ret;
	}

	if (atomic64_read(&portal->interrupts))
		return 0;

	return svm_context_error(ctx) ?: -EAGAIN;
}

static ssize_t svm_read(struct file *file, char __user *buf, size_t count,
			loff_t *ppos)
{
	struct svm_context *ctx = file->private_data;
	atomic64_t *pending = &ctx->svm->portals[ctx->portal].interrupts;
	u64 interrupts;
	int ret;

	if (current->mm != ctx->mm)
		return -EPERM;
	if (count < sizeof(interrupts))
		return -EINVAL;

	do {	/* another thread may take what this one was woken for */
		ret = svm_wait_interrupt(ctx, file->f_flags & O_NONBLOCK);
		if (ret)
			return ret;
		interrupts = atomic64_xchg(pending, 0);
	} while (!interrupts);

	if (copy_to_user(buf, &interrupts, sizeof(interrupts)))
		return -EFAULT;

	return sizeof(interrupts);
}

static __poll_t svm_poll(struct file *file, poll_table *wait)
{
	struct svm_context *ctx = file->private_data;
	struct svm_device *svm = ctx->svm;
	struct svm_portal *portal = &svm->portals[ctx->portal];
	__poll_t events = 0;

	poll_wait(file, &portal->wait, wait);
	if (atomic64_read(&portal->interrupts))
		events |= EPOLLIN | EPOLLRDNORM;
	if (svm_context_error(ctx))
		events |= EPOLLERR | EPOLLHUP;

	return events;
}

const struct file_operations svm_file_ops = {
	.owner		= THIS_MODULE,
	.open		= svm_open,
	.release	= svm_release,
	.mmap		= svm_mmap,
	.read		= svm_read,
	.poll		= svm_poll,
	.unlocked_ioctl	= svm_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* While a context is in the list its file is open, so its mapping exists. */
void svm_contexts_unmap(struct svm_device *svm)
{
	struct svm_context *ctx;

	mutex_lock(&svm->lock);
	list_for_each_entry(ctx, &svm->contexts, node)
		unmap_mapping_range(ctx->mapping, 0, 0, 1);
	mutex_unlock(&svm->lock);
}

void svm_contexts_stop(struct svm_device *svm)
{
	struct svm_context *ctx;

	mutex_lock(&svm->lock);
	while ((ctx = list_first_entry_or_null(&svm->contexts,
					       struct svm_context, node))) {
		kref_get(&ctx->ref);
		mutex_unlock(&svm->lock);

		svm_context_stop(ctx);

		mutex_lock(&svm->lock);
		list_del_init(&ctx->node);
		kref_put(&ctx->ref, svm_context_free);
	}
	mutex_unlock(&svm->lock);
}
