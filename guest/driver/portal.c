// SPDX-License-Identifier: GPL-2.0-only
/*
 * User portals: who has one, and starting and stopping them.
 */
#include <linux/iopoll.h>

#include "svm.h"

int svm_portal_get(struct svm_device *svm, u32 *portal)
{
	u32 end = svm->portal_count + 1;
	u32 n;

	mutex_lock(&svm->lock);
	n = find_next_zero_bit(svm->portals_used, end, 1);
	if (n < end)
		__set_bit(n, svm->portals_used);
	mutex_unlock(&svm->lock);

	if (n >= end)
		return -EBUSY;

	*portal = n;

	return 0;
}

/* A portal that did not become idle is never handed out again. */
void svm_portal_put(struct svm_device *svm, u32 portal, bool idle)
{
	if (!idle)
		return;

	mutex_lock(&svm->lock);
	__clear_bit(portal, svm->portals_used);
	mutex_unlock(&svm->lock);
}

void svm_portal_start(struct svm_device *svm, u32 portal, u32 pasid)
{
	void __iomem *control = svm_portal_control(svm, portal);

	atomic64_set(&svm->portals[portal].interrupts, 0);
	writel(pasid, control + SVM_PC_PASID);
	writel(SVM_PC_CTL_ENABLE, control + SVM_PC_CONTROL);
}

static int svm_portal_wait_idle(struct svm_device *svm, u32 portal)
{
	void __iomem *status = svm_portal_control(svm, portal) + SVM_PC_STATUS;
	int ret;
	u32 val;

	ret = read_poll_timeout(readl, val, !(val & SVM_PC_STS_BUSY) ||
				PCI_POSSIBLE_ERROR(val), 100,
				SVM_IDLE_TIMEOUT_MS * 1000, false, status);
	if (ret)
		dev_warn(&svm->pdev->dev, "portal %u is still busy after %u ms\n",
			 portal, SVM_IDLE_TIMEOUT_MS);

	return ret;
}

/*
 * Disabling drops what is queued and ends the running command.  After this
 * returned 0 the portal makes no request with its PASID any more.
 */
int svm_portal_stop(struct svm_device *svm, u32 portal)
{
	void __iomem *control = svm_portal_control(svm, portal);
	int ret;

	writel(0, control + SVM_PC_CONTROL);
	ret = svm_portal_wait_idle(svm, portal);
	if (!ret)
		writel(SVM_PASID_NONE, control + SVM_PC_PASID);

	return ret;
}

int svm_portal_abort(struct svm_device *svm, u32 portal)
{
	void __iomem *control = svm_portal_control(svm, portal);

	writel(SVM_PC_CTL_ENABLE | SVM_PC_CTL_ABORT, control + SVM_PC_CONTROL);

	return svm_portal_wait_idle(svm, portal);
}
