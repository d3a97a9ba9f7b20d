// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of /dev/svmN and the life of its open files.
 */
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

	mutex_lock(&ctx->lock);
	if (!ctx->stopped) {
		idle = !svm_portal_stop(svm, ctx->portal);
		svm_portal0_drain(svm, ctx);
		svm_unbind(&ctx->bind);
		svm_portal_put(svm, ctx->portal, idle);
		ctx->stopped = true;
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

	ret = svm_bind_current(svm, &ctx->bind);
	if (ret)
		goto put_portal;

	svm_portal_start(svm, ctx->portal, ctx->bind.pasid);

	mutex_lock(&svm->lock);
	list_add(&ctx->node, &svm->contexts);
	mutex_unlock(&svm->lock);
	file->private_data = ctx;

	return stream_open(inode, file);

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
 * The portal is put into the page table when it is touched, not in mmap(): by
 * then the mapping is where svm_contexts_unmap() finds it.
 */
static vm_fault_t svm_portal_fault(struct vm_fault *vmf)
{
	struct svm_context *ctx = vmf->vma->vm_file->private_data;
	struct svm_device *svm = ctx->svm;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	phys_addr_t start;

	down_read(&svm->removal);
	if (!svm_gone(svm)) {
		start = pci_resource_start(svm->pdev, 0) +
			(phys_addr_t)ctx->portal * SVM_PORTAL_SIZE;
		ret = vmf_insert_pfn(vmf->vma, vmf->address, PHYS_PFN(start));
	}
	up_read(&svm->removal);

	return ret;
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

	return svm_gone(ctx->svm) ? -ENODEV : 0;
}

static int svm_wait_interrupt(struct svm_context *ctx, bool nonblock)
{
	struct svm_device *svm = ctx->svm;
	struct svm_portal *portal = &svm->portals[ctx->portal];
	int ret;

	if (!nonblock) {
		ret = wait_event_interruptible(portal->wait,
					       atomic64_read(&portal->interrupts) ||
					       svm_gone(svm));
		if (ret)
			return ret;
	}

	if (atomic64_read(&portal->interrupts))
		return 0;

	return svm_gone(svm) ? -ENODEV : -EAGAIN;
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
	if (svm_gone(svm))
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
