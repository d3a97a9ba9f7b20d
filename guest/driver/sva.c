// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding the caller's address space to the device.
 *
 * The kernel's own way is iommu_sva_bind_device().  Stable x86 kernels since
 * the fix of CVE-2025-71089 (6.1, 6.12 and others; not 6.19 and 7.x) answer it
 * with -EOPNOTSUPP whatever the hardware can do.
 */
#include <linux/module.h>
#include <linux/sched.h>

#include "compat.h"
#include "svm.h"

static bool sva_fallback;
module_param(sva_fallback, bool, 0444);
MODULE_PARM_DESC(sva_fallback,
		 "Where the kernel refuses SVA (x86 6.12 stable), attach the address space without it. For test machines only: it undoes the fix of CVE-2025-71089.");

static void svm_explain(struct device *dev, int err)
{
	if (err != -EOPNOTSUPP)
		dev_err_ratelimited(dev, "cannot bind an address space: error %d; is the kernel started with intel_iommu=on,sm_on?\n",
				    err);
	else if (SVM_HAVE_FALLBACK)
		dev_err_once(dev, "this kernel refuses SVA on x86 (fix of CVE-2025-71089): use 6.19 or newer, or on a test machine load this module with sva_fallback=1\n");
	else
		dev_err_once(dev, "this kernel refuses SVA on x86 (fix of CVE-2025-71089): use 6.12 with sva_fallback=1, or 6.19 or newer\n");
}

static int svm_bind_fallback(struct device *dev, struct svm_bind *bind)
{
	struct svm_fallback *fallback;

	fallback = svm_fallback_bind(dev, current->mm);
	if (IS_ERR(fallback))
		return PTR_ERR(fallback);

	dev_warn_once(dev, "SVA without the kernel's consent (sva_fallback=1)\n");
	bind->fallback = fallback;
	bind->pasid = svm_fallback_pasid(fallback);

	return 0;
}

static int svm_bind_sva(struct device *dev, struct svm_bind *bind)
{
	struct iommu_sva *sva;
	u32 pasid;

	sva = iommu_sva_bind_device(dev, current->mm);
	if (IS_ERR(sva))
		return PTR_ERR(sva);

	pasid = iommu_sva_get_pasid(sva);
	if (pasid == IOMMU_PASID_INVALID || pasid > SVM_PASID_MASK) {
		iommu_sva_unbind_device(sva);
		return -ENODEV;
	}

	bind->sva = sva;
	bind->pasid = pasid;

	return 0;
}

int svm_bind_current(struct svm_device *svm, struct svm_bind *bind)
{
	struct device *dev = &svm->pdev->dev;
	int ret;

	if (!current->mm)
		return -EINVAL;

	ret = svm_bind_sva(dev, bind);
	if (ret == -EOPNOTSUPP && sva_fallback)
		ret = svm_bind_fallback(dev, bind);
	if (ret)
		svm_explain(dev, ret);

	return ret;
}

void svm_unbind(struct svm_bind *bind)
{
	if (bind->fallback)
		svm_fallback_unbind(bind->fallback);
	else
		iommu_sva_unbind_device(bind->sva);
}
