// SPDX-License-Identifier: GPL-2.0-only
/*
 * User portals: who has one, and starting and stopping them.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

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

	atomic64_set(&svm->portals[n].interrupts, 0);
	*portal = n;

	return 0;
}

void svm_portal_put(struct svm_device *svm, u32 portal)
{
	mutex_lock(&svm->lock);
	__clear_bit(portal, svm->portals_used);
	mutex_unlock(&svm->lock);
}

/* Portal 0, too, of a device that says so. */
bool svm_portal_busy(struct svm_device *svm, u32 portal)
{
	u32 status = readl(svm_portal_control(svm, portal) + SVM_PC_STATUS);

	return status & SVM_PC_STS_BUSY && !PCI_POSSIBLE_ERROR(status);
}

/* A command of it has ended with no other trace than in its registers. */
bool svm_portal_has_lost(struct svm_device *svm, u32 portal)
{
	return readq(svm->regs + portal * SVM_PORTAL_SIZE + SVM_UP_LOST_STATUS);
}

/* Enabled already, it stays as it is. */
void svm_portal_enable(struct svm_device *svm, u32 portal, u32 pasid)
{
	void __iomem *control = svm_portal_control(svm, portal);

	writel(pasid, control + SVM_PC_PASID);
	writel(SVM_PC_CTL_ENABLE, control + SVM_PC_CONTROL);
}

/* Drops what is queued and ends the running command. */
void svm_portal_disable(struct svm_device *svm, u32 portal)
{
	writel(0, svm_portal_control(svm, portal) + SVM_PC_CONTROL);
}

/* Disabled and not busy, it makes no request with its PASID any more. */
void svm_portal_forget(struct svm_device *svm, u32 portal)
{
	writel(SVM_PASID_NONE, svm_portal_control(svm, portal) + SVM_PC_PASID);
}

/* The device may go away while this waits. */
int svm_portal_abort(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	void __iomem *control = svm_portal_control(svm, ctx->portal);
	unsigned long end = jiffies + msecs_to_jiffies(SVM_ABORT_MS);
	u32 command = SVM_PC_CTL_ENABLE | SVM_PC_CTL_ABORT;
	bool busy;
	int ret;

	for (;;) {
		ret = svm_access_begin(svm);
		if (ret)
			return ret;
		ret = svm_context_error(ctx);
		if (!ret && command)
			writel(command, control + SVM_PC_CONTROL);
		busy = svm_portal_busy(svm, ctx->portal);
		up_read(&svm->access);
		command = 0;

		if (ret || !busy)
			return ret;
		if (signal_pending(current))
			return -ERESTARTSYS;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(100, 1000);
	}
}
