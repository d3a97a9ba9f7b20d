// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device stops: for a reset or a suspend, after which it goes on, or for
 * good.
 *
 * In a pause the portals are taken out of all processes; whoever touches one
 * waits in the page fault.  Commands have SVM_GRACE_MS to end.  A portal that
 * is idle by then goes on after the pause as if nothing had happened.  One that
 * is not is aborted, and its file is lost: EIO, and SIGBUS at the portal,
 * because nobody can tell its process which of its commands have ended.
 *
 * Address spaces stay bound.  The PCI core saves and restores the enable bits
 * of ATS, PRI and PASID; newer kernels also block the device's PASIDs during
 * a reset, and attach them again.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "svm.h"

/* The registers may be used until up_read(&svm->access).  0, or an errno. */
int svm_access_begin(struct svm_device *svm)
{
	for (;;) {
		down_read(&svm->access);
		if (svm_gone(svm)) {
			up_read(&svm->access);
			return -ENODEV;
		}
		if (!svm->paused)
			return 0;
		up_read(&svm->access);

		if (wait_event_interruptible(svm->running, !svm_paused(svm)))
			return -ERESTARTSYS;
	}
}

/* The same for who must not give up.  False: there is nothing left to do. */
bool svm_access_wait(struct svm_device *svm)
{
	for (;;) {
		down_read(&svm->access);
		if (svm->silent) {
			up_read(&svm->access);
			return false;
		}
		if (!svm->paused)
			return true;
		up_read(&svm->access);

		wait_event(svm->running, !svm_paused(svm));
	}
}

static bool svm_busy(struct svm_device *svm)
{
	struct svm_context *ctx;
	bool busy = READ_ONCE(svm->portal0.busy);

	mutex_lock(&svm->lock);
	list_for_each_entry(ctx, &svm->contexts, node)
		if (!READ_ONCE(ctx->stopped))
			busy |= svm_portal_busy(svm, ctx->portal);
	mutex_unlock(&svm->lock);

	return busy;
}

static bool svm_wait_quiet(struct svm_device *svm)
{
	unsigned long end = jiffies + msecs_to_jiffies(SVM_GRACE_MS);

	while (svm_busy(svm)) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(100, 1000);
	}

	return true;
}

/* Whether the reset of the portal's registers takes something from its user. */
static bool svm_context_loses(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;

	return svm_portal_busy(svm, ctx->portal) ||
	       svm_portal_has_lost(svm, ctx->portal);
}

static void svm_contexts_lose(struct svm_device *svm, bool all)
{
	struct svm_context *ctx;

	mutex_lock(&svm->lock);
	list_for_each_entry(ctx, &svm->contexts, node) {
		if (READ_ONCE(ctx->stopped))
			continue;
		if (!all && !svm_context_loses(ctx))
			continue;
		WRITE_ONCE(ctx->lost, true);
		svm_portal_disable(svm, ctx->portal);
		wake_up_all(&svm->portals[ctx->portal].wait);
	}
	mutex_unlock(&svm->lock);
}

static bool svm_any_busy(struct svm_device *svm)
{
	bool busy = false;
	u32 n;

	for (n = 0; n <= svm->portal_count; n++)
		busy |= svm_portal_busy(svm, n);

	return busy;
}

/*
 * Without bus mastering no request leaves the device, so every command ends.
 * False: it does not, and bus mastering stays off.
 */
static bool svm_cut_off(struct svm_device *svm)
{
	unsigned long end = jiffies + msecs_to_jiffies(SVM_GRACE_MS);

	pci_clear_master(svm->pdev);
	/* What ends now has not been done. */
	svm_portal0_lose(svm);
	while (svm_any_busy(svm)) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(100, 1000);
	}
	pci_set_master(svm->pdev);

	return true;
}

/*
 * Ends everything at once, by a reset where the machine has one.  With the
 * device lock held.  False: the device does not stop, and can do no harm.
 */
static bool svm_end_all(struct svm_device *svm)
{
	struct pci_dev *pdev = svm->pdev;
	int ret;

	pci_save_state(pdev);
	ret = __pci_reset_function_locked(pdev);
	pci_restore_state(pdev);
	if (!ret)
		return true;

	pci_warn(pdev, "no reset: error %d\n", ret);
	if (svm_cut_off(svm))
		return true;

	pci_err(pdev, "the device does not stop\n");
	return false;
}

/*
 * Who had the device before, a kernel before this one too, may have left
 * commands that run, portals that are enabled, and translations of PASIDs that
 * are another's now.
 */
int svm_clean(struct svm_device *svm)
{
	u32 n;

	if (!svm_end_all(svm))
		return -EBUSY;

	for (n = 1; n <= svm->portal_count; n++) {
		svm_portal_disable(svm, n);
		svm_portal_forget(svm, n);
	}

	return 0;
}

static void svm_pause_begin(struct svm_device *svm)
{
	down_write(&svm->access);
	WRITE_ONCE(svm->paused, true);
	WRITE_ONCE(svm->pauses, svm->pauses + 1);
	up_write(&svm->access);

	svm_contexts_unmap(svm);
}

/* Commands end, or are ended; false if the device has not done it in time. */
static bool svm_pause_settle(struct svm_device *svm)
{
	bool quiet = svm_wait_quiet(svm);

	svm_contexts_lose(svm, false);

	return quiet || svm_wait_quiet(svm);
}

/* A reset that has failed leaves what was busy before. */
static bool svm_comes_back(struct svm_device *svm)
{
	if (svm_identify(svm))
		return false;

	return !svm_any_busy(svm) || svm_end_all(svm);
}

static void svm_pause_end(struct svm_device *svm)
{
	bool back = svm_comes_back(svm);
	struct svm_context *ctx;

	svm_interrupts_resume(svm);

	down_write(&svm->access);
	if (!back) {
		pci_err(svm->pdev, "the device does not come back\n");
		pci_clear_master(svm->pdev);
		WRITE_ONCE(svm->gone, true);
		svm->silent = true;
		svm_wake_everybody(svm);
	} else {
		mutex_lock(&svm->lock);
		list_for_each_entry(ctx, &svm->contexts, node)
			if (!ctx->lost && !ctx->closing)
				svm_portal_enable(svm, ctx->portal,
						  ctx->bind.pasid);
		mutex_unlock(&svm->lock);
	}
	WRITE_ONCE(svm->paused, false);
	up_write(&svm->access);

	wake_up_all(&svm->running);
}

/*
 * For good: portals vanish, sleepers wake up, commands end.  Nobody is waited
 * for who waits for the device or for a page.
 */
void svm_shutdown(struct svm_device *svm)
{
	down_write(&svm->access);
	WRITE_ONCE(svm->gone, true);
	/* It may go before it has come back from a suspend. */
	WRITE_ONCE(svm->paused, false);
	up_write(&svm->access);
	wake_up_all(&svm->running);

	svm_contexts_unmap(svm);
	svm_wake_everybody(svm);

	if (pci_device_is_present(svm->pdev)) {
		svm_contexts_lose(svm, true);
		if (!svm_wait_quiet(svm)) {
			pci_warn(svm->pdev, "still busy, resetting the function\n");
			svm_end_all(svm);
		}
	}
	pci_clear_master(svm->pdev);
	svm_portal0_lose(svm);

	down_write(&svm->access);
	svm->silent = true;
	up_write(&svm->access);
}

static void svm_reset_prepare(struct pci_dev *pdev)
{
	struct svm_device *svm = pci_get_drvdata(pdev);

	svm_pause_begin(svm);
	/* What is busy still is ended by the reset. */
	svm_pause_settle(svm);
	svm_interrupts_pause(svm);
	svm_portal0_lose(svm);
}

static void svm_reset_done(struct pci_dev *pdev)
{
	struct svm_device *svm = pci_get_drvdata(pdev);

	svm_pause_end(svm);
}

const struct pci_error_handlers svm_error_handlers = {
	.reset_prepare	= svm_reset_prepare,
	.reset_done	= svm_reset_done,
};

static int svm_suspend(struct device *dev)
{
	struct svm_device *svm = dev_get_drvdata(dev);

	svm_pause_begin(svm);
	if (!svm_pause_settle(svm)) {
		pci_warn(svm->pdev, "still busy, resetting the function\n");
		svm_end_all(svm);
	}
	svm_interrupts_pause(svm);
	svm_portal0_lose(svm);

	return 0;
}

static int svm_resume(struct device *dev)
{
	struct svm_device *svm = dev_get_drvdata(dev);

	svm_pause_end(svm);

	return 0;
}

DEFINE_SIMPLE_DEV_PM_OPS(svm_pm_ops, svm_suspend, svm_resume);
