// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an open file: an address space, a user portal, and their end.
 *
 * A PASID goes back to the kernel, and a portal to the next file, when the
 * device does nothing for them any more, and not before.  The last close waits
 * for that, but not for ever: a page may not come, and neither the device's
 * command nor the kernel's work for it can be cut short.  So svm_linger() does
 * it, and a close that has run out of patience leaves it at that.
 */
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "svm.h"

static void svm_context_free(struct kref *ref)
{
	struct svm_context *ctx = container_of(ref, struct svm_context, ref);

	mmdrop(ctx->mm);
	svm_device_put(ctx->svm);
	kfree(ctx);
}

static void svm_context_put(struct svm_context *ctx)
{
	kref_put(&ctx->ref, svm_context_free);
}

static struct svm_context *svm_context_alloc(struct svm_device *svm,
					     struct address_space *mapping)
{
	struct svm_context *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return NULL;

	kref_init(&ctx->ref);
	INIT_LIST_HEAD(&ctx->node);
	mutex_init(&ctx->lock);
	ctx->mapping = mapping;
	ctx->mm = current->mm;
	mmgrab(ctx->mm);
	ctx->svm = svm;
	kref_get(&svm->ref);

	return ctx;
}

/*
 * Newer kernels bind nothing while they reset a device.  What is bound when a
 * pause begins survives it.
 */
static int svm_context_bind(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	u32 pauses;
	int ret;

	do {
		ret = svm_access_begin(svm);
		if (ret)
			return ret;
		pauses = svm->pauses;
		up_read(&svm->access);

		ret = svm_bind_current(svm, &ctx->bind);
	} while (ret == -EBUSY && pauses != READ_ONCE(svm->pauses));

	return ret;
}

/* From here on a pause knows of it, or there is none. */
static int svm_context_start(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	int ret;

	ret = svm_access_begin(svm);
	if (ret)
		return ret;

	svm_portal_enable(svm, ctx->portal, ctx->bind.pasid);
	mutex_lock(&svm->lock);
	kref_get(&ctx->ref);
	list_add(&ctx->node, &svm->contexts);
	mutex_unlock(&svm->lock);
	up_read(&svm->access);

	return 0;
}

/* For the calling process.  It, or an ERR_PTR. */
struct svm_context *svm_context_open(struct svm_device *svm,
				     struct address_space *mapping)
{
	struct svm_context *ctx;
	int ret;

	ctx = svm_context_alloc(svm, mapping);
	if (!ctx)
		return ERR_PTR(-ENOMEM);

	ret = svm_portal_get(svm, &ctx->portal);
	if (ret)
		goto put_context;

	ret = svm_context_bind(ctx);
	if (ret)
		goto put_portal;

	ret = svm_context_start(ctx);
	if (ret)
		goto unbind;

	return ctx;

unbind:
	svm_unbind(&ctx->bind);
put_portal:
	svm_portal_put(svm, ctx->portal);
put_context:
	svm_context_put(ctx);
	return ERR_PTR(ret);
}

static void svm_context_unlist(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	bool listed;

	mutex_lock(&svm->lock);
	listed = !list_empty(&ctx->node);
	list_del_init(&ctx->node);
	mutex_unlock(&svm->lock);

	if (listed)
		svm_context_put(ctx);
}

/*
 * The device makes no request for it any more.  By the worker, or by the removal
 * of the device: whichever comes first, and the other waits for it.
 */
static void svm_context_finish(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;

	mutex_lock(&ctx->lock);
	if (!ctx->stopped) {
		svm_unbind(&ctx->bind);
		/* Its portal is another's from now on. */
		WRITE_ONCE(ctx->stopped, true);
		svm_portal_put(svm, ctx->portal);
	}
	mutex_unlock(&ctx->lock);

	wake_up_all(&svm->finished);
	svm_context_unlist(ctx);
}

/* With svm_device.access.  True: the device does nothing for it any more. */
static bool svm_context_is_quiet(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;

	if (svm->silent)
		return true;
	if (svm->paused || svm_portal_busy(svm, ctx->portal) ||
	    svm_portal0_works_for(svm, ctx))
		return false;
	svm_portal_forget(svm, ctx->portal);

	return true;
}

/*
 * One that is closed and has become quiet, with a reference.  Else *delay says
 * when to look again, or is 0.
 */
static struct svm_context *svm_linger_find(struct svm_device *svm,
					   unsigned long *delay)
{
	struct svm_context *ctx, *found = NULL;

	*delay = 0;
	down_read(&svm->access);
	mutex_lock(&svm->lock);
	list_for_each_entry(ctx, &svm->contexts, node) {
		if (!ctx->lingering)
			continue;
		if (svm_context_is_quiet(ctx)) {
			kref_get(&ctx->ref);
			found = ctx;
			break;
		}
		if (time_before(jiffies, ctx->patience))
			*delay = 1;
		else if (!*delay)
			*delay = SVM_LINGER_JIFFIES;
	}
	mutex_unlock(&svm->lock);
	up_read(&svm->access);

	return found;
}

/*
 * Finishes what has been closed, as soon as it can be.  Unbinding waits for the
 * page requests of the whole device, those of others too, and is for that reason
 * nothing for a close.
 */
void svm_linger(struct work_struct *work)
{
	struct svm_device *svm = container_of(to_delayed_work(work),
					      struct svm_device, linger);
	struct svm_context *ctx;
	unsigned long delay;

	while ((ctx = svm_linger_find(svm, &delay))) {
		svm_context_finish(ctx);
		svm_context_put(ctx);
	}

	mutex_lock(&svm->lock);
	if (delay && !svm->leaving)
		queue_delayed_work(svm_workqueue, &svm->linger, delay);
	mutex_unlock(&svm->lock);
}

/* Nothing comes in any more, and what is under way ends. */
static void svm_context_disable(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;

	/* First: the end of a pause must not enable it again. */
	mutex_lock(&svm->lock);
	ctx->closing = true;
	mutex_unlock(&svm->lock);

	if (!svm_access_wait(svm))
		return;
	svm_portal_disable(svm, ctx->portal);
	up_read(&svm->access);
}

/* False: the device leaves, and its removal does the rest. */
static bool svm_linger_start(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;
	bool leaving;

	mutex_lock(&svm->lock);
	ctx->lingering = true;
	ctx->patience = jiffies + msecs_to_jiffies(SVM_CLOSE_MS);
	leaving = svm->leaving;
	if (!leaving)
		mod_delayed_work(svm_workqueue, &svm->linger, 0);
	mutex_unlock(&svm->lock);

	return !leaving;
}

static void svm_linger_wait(struct svm_context *ctx)
{
	struct svm_device *svm = ctx->svm;

	if (!wait_event_timeout(svm->finished, READ_ONCE(ctx->stopped),
				msecs_to_jiffies(SVM_CLOSE_MS)))
		pr_warn_ratelimited("%s: PASID %u and portal %u stay taken, a page does not come\n",
				    svm->name, ctx->bind.pasid, ctx->portal);
}

/*
 * When a process exits, its address space is torn down before its files are
 * closed: the PASID is blocked by then and the device's requests are refused.
 */
void svm_context_close(struct svm_context *ctx)
{
	svm_context_disable(ctx);
	if (svm_linger_start(ctx))
		svm_linger_wait(ctx);
	else
		svm_context_finish(ctx);
	svm_context_put(ctx);
}

/* A mapping exists as long as a file is open. */
void svm_contexts_unmap(struct svm_device *svm)
{
	struct svm_context *ctx;

	mutex_lock(&svm->lock);
	list_for_each_entry(ctx, &svm->contexts, node)
		if (!ctx->closing)
			unmap_mapping_range(ctx->mapping, 0, 0, 1);
	mutex_unlock(&svm->lock);
}

/* The device has been shut down.  Nothing is bound, and no work runs, after this. */
void svm_contexts_finish(struct svm_device *svm)
{
	struct svm_context *ctx;

	mutex_lock(&svm->lock);
	svm->leaving = true;
	mutex_unlock(&svm->lock);
	cancel_delayed_work_sync(&svm->linger);

	mutex_lock(&svm->lock);
	while ((ctx = list_first_entry_or_null(&svm->contexts,
					       struct svm_context, node))) {
		kref_get(&ctx->ref);
		mutex_unlock(&svm->lock);

		svm_context_finish(ctx);
		svm_context_put(ctx);

		mutex_lock(&svm->lock);
	}
	mutex_unlock(&svm->lock);
}
