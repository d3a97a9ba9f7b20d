/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that depends on the kernel's version.
 */
#ifndef SVM_COMPAT_H
#define SVM_COMPAT_H

#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/*
 * The shape of the IOMMU core's SVA internals that sva_fallback.c relies on is
 * the one of 6.12, the only kernel it has been used with.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define SVM_HAVE_FALLBACK	1
#else
#define SVM_HAVE_FALLBACK	0
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)

/* Page requests must be on before SVA, and off after it. */
static inline int svm_sva_enable(struct device *dev)
{
	int ret;

	ret = iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_IOPF);
	if (ret)
		return ret;

	ret = iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_SVA);
	if (ret)
		iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_IOPF);

	return ret;
}

static inline void svm_sva_disable(struct device *dev)
{
	iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_SVA);
	iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_IOPF);
}

#else /* The IOMMU driver turns both on when an address space is bound. */

static inline int svm_sva_enable(struct device *dev)
{
	return 0;
}

static inline void svm_sva_disable(struct device *dev)
{
}

#endif

/* For work that may take long, on any processor. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define svm_workqueue	system_unbound_wq
#else
#define svm_workqueue	system_dfl_wq
#endif

#endif /* SVM_COMPAT_H */
