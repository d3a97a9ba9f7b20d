// SPDX-License-Identifier: GPL-2.0-only
/*
 * Portal 0: one command at a time for the whole device.
 *
 * A command cannot be aborted, so a caller that leaves early leaves `busy` set,
 * and the next caller waits for the interrupt on its behalf.  Only a reset ends
 * one.
 */
#include <linux/capability.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>

#include "svm.h"

void svm_portal0_init(struct svm_device *svm)
{
	mutex_init(&svm->portal0.lock);
	init_waitqueue_head(&svm->portal0.wait);
}

void svm_portal0_interrupt(struct svm_device *svm)
{
	svm->portal0.status = readq(svm->regs + SVM_P0_ADDRESS);
	smp_store_release(&svm->portal0.busy, false);
	wake_up_all(&svm->portal0.wait);
}

static int svm_portal0_check(const struct svm_portal0 *command)
{
	if (command->command != SVM_P0_CMD_WRITE &&
	    command->command != SVM_P0_CMD_READ)
		return -EINVAL;
	if (command->options & ~SVM_P0_OPT_PRIVILEGED ||
	    command->flags & ~SVM_PORTAL0_NO_PASID || command->reserved)
		return -EINVAL;
	if (command->length > SVM_PORTAL0_LENGTH_MAX)
		return -EINVAL;

	if ((command->options || command->flags) && !capable(CAP_SYS_RAWIO))
		return -EPERM;

	return 0;
}

static void svm_portal0_submit(struct svm_context *ctx,
			       const struct svm_portal0 *command)
{
	struct svm_device *svm = ctx->svm;
	void __iomem *regs = svm->regs;
	u32 pasid = ctx->bind.pasid;

	if (command->flags & SVM_PORTAL0_NO_PASID)
		pasid = SVM_PASID_NONE;

	WRITE_ONCE(svm->portal0.owner, ctx);
	WRITE_ONCE(svm->portal0.busy, true);

	writel(pasid, regs + SVM_P0_PASID);
	writeq(command->address, regs + SVM_P0_ADDRESS);
	writeq(command->length, regs + SVM_P0_LENGTH);
	writeq(command->crc, regs + SVM_P0_CRC);
	writeq(command->options, regs + SVM_P0_OPTIONS);
	writeq(command->command, regs + SVM_P0_COMMAND);
}

static bool svm_portal0_idle(struct svm_device *svm)
{
	return !smp_load_acquire(&svm->portal0.busy) || svm_gone(svm);
}

/*
 * Only a signal ends the wait early.  A suspend freezes who waits, and who is
 * just about to wait takes that for a signal.
 */
static int svm_portal0_wait(struct svm_device *svm)
{
	wait_queue_head_t *wait = &svm->portal0.wait;
	int ret;

	ret = wait_event_freezable(*wait, svm_portal0_idle(svm));
	if (ret && freezing(current))
		ret = wait_event_state(*wait, svm_portal0_idle(svm),
				       (TASK_KILLABLE | TASK_FREEZABLE));
	if (ret)
		return ret;

	return svm_gone(svm) ? -ENODEV : 0;
}

static int svm_portal0_locked(struct svm_context *ctx,
			      struct svm_portal0 *command)
{
	struct svm_device *svm = ctx->svm;
	struct svm_portal0_state *state = &svm->portal0;
	u32 losses;
	int ret;

	ret = svm_portal0_wait(svm);
	if (ret)
		return ret;

	ret = svm_access_begin(svm);
	if (ret)
		return ret;
	losses = READ_ONCE(state->losses);
	svm_portal0_submit(ctx, command);
	up_read(&svm->access);

	ret = svm_portal0_wait(svm);
	if (ret == -ERESTARTSYS)
		return -EINTR;	/* a command must not be started twice */
	if (ret)
		return ret;
	command->status = state->status;

	return losses == READ_ONCE(state->losses) ? 0 : -EIO;
}

int svm_portal0_run(struct svm_context *ctx, struct svm_portal0 *command)
{
	struct svm_device *svm = ctx->svm;
	int ret;

	ret = svm_portal0_check(command);
	if (ret)
		return ret;

	if (mutex_lock_interruptible(&svm->portal0.lock))
		return -ERESTARTSYS;

	ret = svm_portal0_locked(ctx, command);
	mutex_unlock(&svm->portal0.lock);

	return ret;
}

/* Also a command that an interrupted caller has left behind. */
bool svm_portal0_works_for(struct svm_device *svm, struct svm_context *ctx)
{
	struct svm_portal0_state *state = &svm->portal0;

	return smp_load_acquire(&state->busy) &&
	       READ_ONCE(state->owner) == ctx;
}

/* The command that runs, if any, will not end; none starts meanwhile. */
void svm_portal0_lose(struct svm_device *svm)
{
	struct svm_portal0_state *state = &svm->portal0;

	if (!READ_ONCE(state->busy))
		return;

	WRITE_ONCE(state->losses, state->losses + 1);
	smp_store_release(&state->busy, false);
	wake_up_all(&state->wait);
}
