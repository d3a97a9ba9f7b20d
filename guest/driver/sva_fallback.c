// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVA on a 6.12 kernel that refuses it.
 *
 * This does what iommu_sva_bind_device() did before the fix of CVE-2025-71089
 * turned it off on x86, with the symbols that are still exported: an SVA domain
 * of the IOMMU driver, a PASID of its own, and a page request handler.
 *
 * What is safe: user mappings.  The IOMMU driver's domain has an MMU notifier,
 * so the device's translations are invalidated before user pages and user page
 * tables are reused, and when the address space goes away the notifier's
 * release clears the PASID entry before the page tables are freed.  The domain
 * holds mm_count, so the mm_struct outlives it.
 *
 * What is not: no notifier tells an IOMMU that a *kernel* page table page has
 * been freed.  An IOMMU that caches paging structures may walk such a page
 * later; that is the CVE.  Hence the module parameter, and test machines only.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "svm.h"

#if SVM_HAVE_FALLBACK

struct svm_fallback {
	struct iommu_attach_handle handle;
	struct device *dev;
	ioasid_t pasid;
};

static vm_fault_t svm_fault_in(struct mm_struct *mm,
			       const struct iommu_fault_page_request *prm)
{
	unsigned int flags = FAULT_FLAG_REMOTE;
	struct vm_area_struct *vma;
	vm_flags_t need = 0;

	if (prm->perm & IOMMU_FAULT_PERM_READ)
		need |= VM_READ;
	if (prm->perm & IOMMU_FAULT_PERM_WRITE) {
		need |= VM_WRITE;
		flags |= FAULT_FLAG_WRITE;
	}
	if (prm->perm & IOMMU_FAULT_PERM_EXEC) {
		need |= VM_EXEC;
		flags |= FAULT_FLAG_INSTRUCTION;
	}
	if (!(prm->perm & IOMMU_FAULT_PERM_PRIV))
		flags |= FAULT_FLAG_USER;

	vma = vma_lookup(mm, prm->addr);
	/*
	 * No memory: the portal itself, or what the kernel shows of its clocks,
	 * whose fault handlers know only the process that it belongs to.
	 */
	if (!vma || (vma->vm_flags & (VM_IO | VM_PFNMAP)) ||
	    (need & ~vma->vm_flags))
		return VM_FAULT_SIGSEGV;

	return handle_mm_fault(vma, prm->addr, flags, NULL);
}

static enum iommu_page_response_code
svm_serve_page_request(struct mm_struct *mm,
		       const struct iommu_fault_page_request *prm)
{
	vm_fault_t fault;

	if (!(prm->flags & IOMMU_FAULT_PAGE_REQUEST_PASID_VALID))
		return IOMMU_PAGE_RESP_INVALID;
	if (!mmget_not_zero(mm))
		return IOMMU_PAGE_RESP_INVALID;

	mmap_read_lock(mm);
	fault = svm_fault_in(mm, prm);
	mmap_read_unlock(mm);
	mmput(mm);

	return fault & VM_FAULT_ERROR ? IOMMU_PAGE_RESP_INVALID :
					IOMMU_PAGE_RESP_SUCCESS;
}

static void svm_serve_group(struct work_struct *work)
{
	struct iopf_group *group = container_of(work, struct iopf_group, work);
	enum iommu_page_response_code response = IOMMU_PAGE_RESP_SUCCESS;
	struct mm_struct *mm = group->attach_handle->domain->mm;
	struct iopf_fault *iopf;

	list_for_each_entry(iopf, &group->faults, list) {
		response = svm_serve_page_request(mm, &iopf->fault.prm);
		if (response != IOMMU_PAGE_RESP_SUCCESS)
			break;
	}

	iopf_group_response(group, response);
	iopf_free_group(group);
}

/*
 * Called by the IOMMU driver's interrupt thread.  The work runs on the IOMMU
 * driver's queue, which it flushes when the PASID is detached: nothing of this
 * module runs after svm_fallback_unbind().
 */
static int svm_handle_group(struct iopf_group *group)
{
	INIT_WORK(&group->work, svm_serve_group);
	if (!queue_work(group->fault_param->queue->wq, &group->work))
		return -EBUSY;

	return 0;
}

static struct iommu_domain *svm_domain_alloc(struct device *dev,
					     struct mm_struct *mm)
{
	const struct iommu_ops *ops = dev->iommu->iommu_dev->ops;
	struct iommu_domain *domain;

	if (!ops->domain_alloc_sva)
		return ERR_PTR(-EOPNOTSUPP);

	domain = ops->domain_alloc_sva(dev, mm);
	if (IS_ERR(domain))
		return domain;

	mmgrab(mm);	/* dropped by iommu_domain_free() */
	domain->type = IOMMU_DOMAIN_SVA;
	domain->mm = mm;
	domain->owner = ops;
	domain->iopf_handler = svm_handle_group;

	return domain;
}

static int svm_fallback_attach(struct svm_fallback *fallback,
			       struct mm_struct *mm)
{
	struct device *dev = fallback->dev;
	struct iommu_domain *domain;
	int ret;

	fallback->pasid = iommu_alloc_global_pasid(dev);
	if (fallback->pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;

	domain = svm_domain_alloc(dev, mm);
	if (IS_ERR(domain)) {
		ret = PTR_ERR(domain);
		goto free_pasid;
	}

	ret = iommu_attach_device_pasid(domain, dev, fallback->pasid,
					&fallback->handle);
	if (ret)
		goto free_domain;

	return 0;

free_domain:
	iommu_domain_free(domain);
free_pasid:
	iommu_free_global_pasid(fallback->pasid);
	return ret;
}

struct svm_fallback *svm_fallback_bind(struct device *dev, struct mm_struct *mm)
{
	struct svm_fallback *fallback;
	int ret;

	if (!dev->iommu || !dev->iommu->iommu_dev)
		return ERR_PTR(-ENODEV);

	fallback = kzalloc(sizeof(*fallback), GFP_KERNEL);
	if (!fallback)
		return ERR_PTR(-ENOMEM);

	fallback->dev = dev;
	ret = svm_fallback_attach(fallback, mm);
	if (ret) {
		kfree(fallback);
		return ERR_PTR(ret);
	}

	return fallback;
}

void svm_fallback_unbind(struct svm_fallback *fallback)
{
	struct iommu_domain *domain = fallback->handle.domain;

	/* Clears the PASID entry and drains page requests and responses. */
	iommu_detach_device_pasid(domain, fallback->dev, fallback->pasid);
	iommu_domain_free(domain);
	iommu_free_global_pasid(fallback->pasid);
	kfree(fallback);
}

u32 svm_fallback_pasid(struct svm_fallback *fallback)
{
	return fallback->pasid;
}

#else

struct svm_fallback *svm_fallback_bind(struct device *dev, struct mm_struct *mm)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void svm_fallback_unbind(struct svm_fallback *fallback)
{
}

u32 svm_fallback_pasid(struct svm_fallback *fallback)
{
	return SVM_PASID_NONE;
}

#endif /* SVM_HAVE_FALLBACK */
