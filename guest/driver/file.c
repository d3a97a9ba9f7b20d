// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of /dev/svmN.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "svm.h"

/*
 * misc_open() and misc_deregister() exclude each other, so the device is there
 * during the whole of this function.
 */
static int svm_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;
	struct svm_device *svm = container_of(misc, struct svm_device, misc);
	struct svm_context *ctx;

	if (!current->mm)
		return -EINVAL;

	ctx = svm_context_open(svm, file->f_mapping);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	file->private_data = ctx;

	return stream_open(inode, file);
}

static int svm_release(struct inode *inode, struct file *file)
{
	svm_context_close(file->private_data);

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
