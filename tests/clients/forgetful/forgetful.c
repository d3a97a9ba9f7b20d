// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of QEMU's edu device that maps one page after the other at the same
 * address, and may forget to invalidate what was mapped before: iommu_unmap_fast()
 * leaves that to its caller.
 */
#include <linux/delay.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>

static bool forget;
module_param(forget, bool, 0444);
MODULE_PARM_DESC(forget, "leave the invalidation out");

enum {
	EDU_SOURCE = 0x80,
	EDU_TARGET = 0x88,
	EDU_COUNT = 0x90,
	EDU_COMMAND = 0x98,
	EDU_RUN = 1,
	EDU_TO_MEMORY = 2,
	EDU_BUFFER = 0x40000,
	LENGTH = 8,
	/* Invalidations of something else: time passes. */
	OTHERS = 16,
};

#define IOVA 0x1000000UL
#define OTHER_IOVA 0x2000000UL
#define PROT (IOMMU_READ | IOMMU_WRITE)

struct edu {
	void __iomem *regs;
	struct iommu_domain *domain;
	struct page *page[2];
};

/* The device writes zeros, its buffer, to IOVA. */
static int write_zeros(struct edu *edu)
{
	unsigned int i;

	writel(EDU_BUFFER, edu->regs + EDU_SOURCE);
	writel(IOVA, edu->regs + EDU_TARGET);
	writel(LENGTH, edu->regs + EDU_COUNT);
	writel(EDU_RUN | EDU_TO_MEMORY, edu->regs + EDU_COMMAND);
	for (i = 0; i < 60000; i++) {
		if (!(readl(edu->regs + EDU_COMMAND) & EDU_RUN))
			return 0;
		usleep_range(1000, 2000);
	}
	return -ETIMEDOUT;
}

/* Which of the pages the device reaches, or an error. */
static int reached(struct edu *edu)
{
	int i, ret;

	for (i = 0; i < 2; i++)
		memset(page_address(edu->page[i]), 0xff, LENGTH);
	ret = write_zeros(edu);
	if (ret)
		return ret;
	for (i = 0; i < 2; i++)
		if (!*(u8 *)page_address(edu->page[i]))
			return i;
	return -ENXIO;
}

static int map(struct edu *edu, unsigned long iova, int page)
{
	return iommu_map(edu->domain, iova, page_to_phys(edu->page[page]),
			 PAGE_SIZE, PROT, GFP_KERNEL);
}

static void unmap(struct edu *edu)
{
	struct iommu_iotlb_gather gather;

	if (!forget) {
		iommu_unmap(edu->domain, IOVA, PAGE_SIZE);
		return;
	}
	iommu_iotlb_gather_init(&gather);
	iommu_unmap_fast(edu->domain, IOVA, PAGE_SIZE, &gather);
}

static int try(struct edu *edu)
{
	int before, after, later, ret, i;

	ret = map(edu, IOVA, 0);
	if (ret)
		return ret;
	before = reached(edu);
	unmap(edu);
	ret = map(edu, IOVA, 1);
	if (ret)
		return ret;
	after = reached(edu);
	for (i = 0; i < OTHERS && !ret; i++) {
		ret = map(edu, OTHER_IOVA, 1);
		iommu_unmap(edu->domain, OTHER_IOVA, PAGE_SIZE);
	}
	later = reached(edu);
	iommu_unmap(edu->domain, IOVA, PAGE_SIZE);
	pr_alert("forgetful: pages %d %d %d\n", before, after, later);
	return ret;
}

static int in_domain(struct edu *edu, struct device *dev)
{
	int ret;

	edu->domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(edu->domain))
		return PTR_ERR(edu->domain);
	ret = iommu_attach_device(edu->domain, dev);
	if (!ret) {
		ret = try(edu);
		iommu_detach_device(edu->domain, dev);
	}
	iommu_domain_free(edu->domain);
	return ret;
}

static int probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct edu edu = {};
	int ret;

	ret = pcim_enable_device(pci);
	if (ret)
		return ret;
	pci_set_master(pci);
	edu.regs = pcim_iomap(pci, 0, 0);
	edu.page[0] = alloc_page(GFP_KERNEL);
	edu.page[1] = alloc_page(GFP_KERNEL);
	ret = -ENOMEM;
	if (edu.regs && edu.page[0] && edu.page[1])
		ret = in_domain(&edu, &pci->dev);
	if (edu.page[0])
		__free_page(edu.page[0]);
	if (edu.page[1])
		__free_page(edu.page[1]);
	if (ret)
		pr_alert("forgetful: error %d\n", ret);
	return ret;
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};

static struct pci_driver forgetful = {
	.name = "forgetful",
	.id_table = ids,
	.probe = probe,
};
module_pci_driver(forgetful);

MODULE_DESCRIPTION("Forgets invalidations");
MODULE_LICENSE("GPL");
