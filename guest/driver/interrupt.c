// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's interrupts.
 */
#include <linux/interrupt.h>

#include "svm.h"

static void svm_portal_interrupt(struct svm_device *svm, unsigned int n)
{
	if (!n) {
		svm_portal0_interrupt(svm);
		return;
	}

	atomic64_inc(&svm->portals[n].interrupts);
	wake_up_interruptible(&svm->portals[n].wait);
}

/*
 * The causes are cleared before anybody is woken: a command that ends later
 * sets its bit, and sends its message, again.
 */
static bool svm_serve_causes(struct svm_device *svm, u64 portals)
{
	unsigned long causes;
	unsigned int n;

	causes = readl(svm->regs + SVM_DEV_CAUSE_LO) |
		 (u64)readl(svm->regs + SVM_DEV_CAUSE_HI) << 32;
	causes &= portals;
	if (!causes)
		return false;

	writel(lower_32_bits(causes), svm->regs + SVM_DEV_CAUSE_LO);
	writel(upper_32_bits(causes), svm->regs + SVM_DEV_CAUSE_HI);
	for_each_set_bit(n, &causes, SVM_PORTALS_MAX + 1)
		svm_portal_interrupt(svm, n);

	return true;
}

static irqreturn_t svm_interrupt(int irq, void *data)
{
	struct svm_vector *vector = data;

	return svm_serve_causes(vector->svm, vector->portals) ? IRQ_HANDLED :
								IRQ_NONE;
}

/*
 * After this no handler runs.  A command that has ended has set its cause, but
 * its message may be lost in what follows, so causes are served here.
 */
void svm_interrupts_pause(struct svm_device *svm)
{
	u64 portals = GENMASK_ULL(svm->portal_count, 0);
	int i;

	for (i = 0; i < svm->vector_count; i++)
		disable_irq(pci_irq_vector(svm->pdev, i));
	if (pci_device_is_present(svm->pdev))
		svm_serve_causes(svm, portals);
}

/*
 * What has ended in the pause was lost by then: nobody must take it for the end
 * of something that begins after it.
 */
void svm_interrupts_resume(struct svm_device *svm)
{
	int i;

	writel(U32_MAX, svm->regs + SVM_DEV_CAUSE_LO);
	writel(U32_MAX, svm->regs + SVM_DEV_CAUSE_HI);
	for (i = 0; i < svm->vector_count; i++)
		enable_irq(pci_irq_vector(svm->pdev, i));
}

static void svm_interrupts_free_some(struct svm_device *svm, int count)
{
	while (count--)
		free_irq(pci_irq_vector(svm->pdev, count), &svm->vectors[count]);
	pci_free_irq_vectors(svm->pdev);
}

void svm_interrupts_free(struct svm_device *svm)
{
	svm_interrupts_free_some(svm, svm->vector_count);
}

int svm_interrupts_request(struct svm_device *svm)
{
	struct pci_dev *pdev = svm->pdev;
	unsigned int n;
	int count, i, ret;

	count = pci_alloc_irq_vectors(pdev, 1, SVM_VECTORS_MAX, PCI_IRQ_MSI);
	if (count < 0)
		return count;

	/* The device sends message number `portal modulo count`. */
	for (n = 0; n <= SVM_PORTALS_MAX; n++)
		svm->vectors[n % count].portals |= BIT_ULL(n);

	for (i = 0; i < count; i++) {
		svm->vectors[i].svm = svm;
		ret = request_irq(pci_irq_vector(pdev, i), svm_interrupt, 0,
				  svm->name, &svm->vectors[i]);
		if (ret) {
			svm_interrupts_free_some(svm, i);
			return ret;
		}
	}
	svm->vector_count = count;

	return 0;
}
