// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of /dev/svmN.  Arguments are copied outside the locks, see svm.h.
 */
#include <linux/uaccess.h>

#include "svm.h"

static int svm_ioc_info(struct svm_context *ctx, void __user *arg)
{
	struct svm_device *svm = ctx->svm;
	struct svm_info info = {
		.portal = ctx->portal,
		.portals = svm->portal_count,
		.queue_depth = svm->queue_depth,
		.operations = svm->operations,
		.pasid = ctx->bind.pasid,
		.flags = ctx->bind.fallback ? SVM_INFO_FALLBACK : 0,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static u64 svm_counter(struct svm_device *svm, unsigned int n)
{
	void __iomem *counter = svm->regs + SVM_DEV_COUNTER(n);
	u32 low = readl(counter);	/* latches the high half */
	u32 high = readl(counter + 4);

	return (u64)high << 32 | low;
}

static int svm_ioc_counters(struct svm_context *ctx, void __user *arg)
{
	struct svm_device *svm = ctx->svm;
	struct svm_counters counters = {};
	unsigned int n;
	int ret;

	BUILD_BUG_ON(ARRAY_SIZE(counters.value) < SVM_COUNTERS);

	ret = svm_access_begin(svm);
	if (ret)
		return ret;
	mutex_lock(&svm->counter_lock);
	for (n = 0; n < SVM_COUNTERS; n++)
		counters.value[n] = svm_counter(svm, n);
	mutex_unlock(&svm->counter_lock);
	up_read(&svm->access);

	return copy_to_user(arg, &counters, sizeof(counters)) ? -EFAULT : 0;
}

static int svm_ioc_portal0(struct svm_context *ctx, void __user *arg)
{
	struct svm_portal0 command;
	int ret;

	if (copy_from_user(&command, arg, sizeof(command)))
		return -EFAULT;

	ret = svm_portal0_run(ctx, &command);
	if (ret)
		return ret;

	return copy_to_user(arg, &command, sizeof(command)) ? -EFAULT : 0;
}

long svm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct svm_context *ctx = file->private_data;
	void __user *user = (void __user *)arg;
	int ret;

	ret = svm_context_error(ctx);
	if (ret)
		return ret;
	if (current->mm != ctx->mm)
		return -EPERM;

	switch (cmd) {
	case SVM_IOC_INFO:
		return svm_ioc_info(ctx, user);
	case SVM_IOC_COUNTERS:
		return svm_ioc_counters(ctx, user);
	case SVM_IOC_PORTAL0:
		return svm_ioc_portal0(ctx, user);
	case SVM_IOC_ABORT:
		return svm_portal_abort(ctx);
	default:
		return -ENOTTY;
	}
}
