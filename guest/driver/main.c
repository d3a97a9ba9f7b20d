// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver of the svm demo device: finding it, and its removal.
 */
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat.h"
#include "svm.h"

static DEFINE_IDA(svm_ids);

static void svm_device_free(struct kref *ref)
{
	kfree(container_of(ref, struct svm_device, ref));
}

void svm_device_put(struct svm_device *svm)
{
	kref_put(&svm->ref, svm_device_free);
}

int svm_identify(struct svm_device *svm)
{
	u32 version = readl(svm->regs + SVM_DEV_VERSION);

	if (readq(svm->regs + SVM_P0_COMMAND) == SVM_P0_ID &&
	    version == SVM_DEV_VERSION_1)
		return 0;

	pci_err(svm->pdev, "unknown device version %#x\n", version);

	return -ENODEV;
}

static void svm_read_sizes(struct svm_device *svm)
{
	svm->portal_count = min_t(u32, readl(svm->regs + SVM_DEV_PORTALS),
				  SVM_PORTALS_MAX);
	svm->queue_depth = readl(svm->regs + SVM_DEV_QUEUE_DEPTH);
	svm->operations = readl(svm->regs + SVM_DEV_OPERATIONS);
}

static struct svm_device *svm_device_alloc(struct pci_dev *pdev)
{
	struct svm_device *svm;
	unsigned int n;

	svm = kzalloc(sizeof(*svm), GFP_KERNEL);
	if (!svm)
		return NULL;

	kref_init(&svm->ref);
	svm->pdev = pdev;
	init_rwsem(&svm->access);
	init_waitqueue_head(&svm->running);
	mutex_init(&svm->lock);
	mutex_init(&svm->counter_lock);
	INIT_LIST_HEAD(&svm->contexts);
	for (n = 0; n <= SVM_PORTALS_MAX; n++)
		init_waitqueue_head(&svm->portals[n].wait);
	svm_portal0_init(svm);
	INIT_DELAYED_WORK(&svm->linger, svm_linger);
	init_waitqueue_head(&svm->finished);

	return svm;
}

/*
 * In a kernel that kdump starts, the device's context entry is the crashed
 * kernel's until the DMA API is used for the first time.  SVA does not wait for
 * that, and PASIDs would be looked up in the crashed kernel's tables.
 */
static int svm_own_context(struct device *dev)
{
	dma_addr_t address;
	void *page;

	page = dma_alloc_coherent(dev, PAGE_SIZE, &address, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	dma_free_coherent(dev, PAGE_SIZE, page, address);

	return 0;
}

static int svm_map(struct svm_device *svm)
{
	struct pci_dev *pdev = svm->pdev;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;

	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;

	if (pci_resource_len(pdev, 0) < SVM_BAR0_SIZE)
		return -ENODEV;
	ret = pcim_request_all_regions(pdev, KBUILD_MODNAME);
	if (ret)
		return ret;
	svm->regs = pcim_iomap(pdev, 0, SVM_BAR0_SIZE);
	if (!svm->regs)
		return -ENOMEM;

	ret = svm_identify(svm);
	if (!ret)
		svm_read_sizes(svm);

	return ret;
}

static int svm_register(struct svm_device *svm)
{
	int ret;

	svm->misc.minor = MISC_DYNAMIC_MINOR;
	svm->misc.name = svm->name;
	svm->misc.fops = &svm_file_ops;
	svm->misc.parent = &svm->pdev->dev;
	ret = misc_register(&svm->misc);
	if (!ret)
		pci_info(svm->pdev, "%s: %u user portals of %u commands, %d interrupt messages\n",
			 svm->name, svm->portal_count, svm->queue_depth,
			 svm->vector_count);

	return ret;
}

static int svm_start(struct svm_device *svm)
{
	struct pci_dev *pdev = svm->pdev;
	int ret;

	ret = svm_map(svm);
	if (ret)
		return ret;

	ret = svm_clean(svm);
	if (ret)
		return ret;

	ret = svm_own_context(&pdev->dev);
	if (ret)
		return ret;

	pci_set_master(pdev);
	ret = svm_sva_enable(&pdev->dev);
	if (ret) {
		pci_err(pdev, "the IOMMU cannot share address spaces with this device: error %d; is the kernel started with intel_iommu=on,sm_on?\n",
			ret);
		goto clear_master;
	}

	ret = svm_interrupts_request(svm);
	if (ret)
		goto disable_sva;

	ret = svm_register(svm);
	if (ret)
		goto free_vectors;

	return 0;

free_vectors:
	svm_interrupts_free(svm);
disable_sva:
	svm_sva_disable(&pdev->dev);
clear_master:
	pci_clear_master(pdev);
	return ret;
}

static int svm_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct svm_device *svm;
	int ret;

	svm = svm_device_alloc(pdev);
	if (!svm)
		return -ENOMEM;

	svm->id = ida_alloc(&svm_ids, GFP_KERNEL);
	if (svm->id < 0) {
		ret = svm->id;
		goto put_device;
	}
	snprintf(svm->name, sizeof(svm->name), "svm%d", svm->id);

	ret = svm_start(svm);
	if (ret)
		goto free_id;
	pci_set_drvdata(pdev, svm);

	return 0;

free_id:
	ida_free(&svm_ids, svm->id);
put_device:
	svm_device_put(svm);
	return ret;
}

/* Who sleeps in the driver looks again at what the device is. */
void svm_wake_everybody(struct svm_device *svm)
{
	unsigned int n;

	for (n = 1; n <= svm->portal_count; n++)
		wake_up_all(&svm->portals[n].wait);
	wake_up_all(&svm->portal0.wait);
}

/*
 * Files may be open and commands may run.  From top to bottom: no new files, no
 * new use of the registers, no portal in any process, nobody asleep, no command
 * on the device, no address space bound; then the device can go.
 */
static void svm_remove(struct pci_dev *pdev)
{
	struct svm_device *svm = pci_get_drvdata(pdev);

	misc_deregister(&svm->misc);

	svm_shutdown(svm);
	svm_contexts_finish(svm);

	svm_interrupts_free(svm);
	svm_sva_disable(&pdev->dev);
	ida_free(&svm_ids, svm->id);
	svm_device_put(svm);
}

/* For another kernel (kexec), which is not to find commands under way. */
static void svm_pci_shutdown(struct pci_dev *pdev)
{
	svm_shutdown(pci_get_drvdata(pdev));
}

static const struct pci_device_id svm_pci_ids[] = {
	{ PCI_DEVICE(SVM_PCI_VENDOR_ID, SVM_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, svm_pci_ids);

static struct pci_driver svm_driver = {
	.name		= "svm",
	.id_table	= svm_pci_ids,
	.probe		= svm_probe,
	.remove		= svm_remove,
	.shutdown	= svm_pci_shutdown,
	.err_handler	= &svm_error_handlers,
	.driver.pm	= pm_sleep_ptr(&svm_pm_ops),
};
module_pci_driver(svm_driver);

MODULE_DESCRIPTION("Shared virtual memory demo device");
MODULE_LICENSE("GPL");
