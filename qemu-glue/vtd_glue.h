/*
 * intel-iommu on libvtd: what the parts of the glue share
 *
 * The unit itself is libvtd's.  The glue connects it to QEMU:
 *
 *   vtd_device.c     the QOM type: realize, registers, reset, migration
 *   vtd_config.c     properties, and what they mean for the unit
 *   vtd_host.c       what the unit asks of its host: memory, clock
 *   vtd_ram.c        guest RAM, and nothing but RAM
 *   vtd_publish.c    where it is, for the unit to read by itself
 *   vtd_events.c     messages of the unit, which need the BQL
 *   vtd_memory.c     the address spaces that devices do DMA in
 *   vtd_view.c       whether one is memory, or translated by the unit
 *   vtd_bridge.c     bus numbers, by which requesters are known
 *   vtd_translate.c  the IOMMU region of a translated one
 *   vtd_interrupt.c  the interrupt address range
 *   vtd_notify.c     IOMMU notifiers: vhost, vfio
 *   vtd_shadow.c     the copies of translations that vfio keeps
 *   vtd_host_device.c  what a device of the host needs
 *   vtd_bus.c        PCIIOMMUOps, and the endpoints that registered there
 *   vtd_pci.c        ATS and PRI for device models
 *   vtd_trace.c      trace events, and what the guest does wrong
 *   vtd_check.c      finding invalidations that it forgets
 *   vtd_look*.c      what a monitor can ask: explain, dump
 *   vtd_record.c     a recording of what the unit does
 *
 * Locks: the BQL is taken before @lock, and neither is taken inside the unit.
 * Every call into the unit holds the RCU read lock, because the unit reads
 * guest RAM where it is (vtd_publish.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_GLUE_H
#define VTD_GLUE_H

#include "vtd_compat.h"
#include "hw/i386/intel_iommu.h"
#include "qemu/atomic.h"
#include "qemu/iova-tree.h"
#include "qemu/queue.h"
#include "qemu/rcu.h"
#include "qemu/thread.h"
#include "qemu/timer.h"

#include <vtd/dump.h>
#include <vtd/vtd.h>

typedef struct VtdState VtdState;
typedef struct VtdRequester VtdRequester;
typedef struct VtdEvent VtdEvent;
typedef struct VtdEndpoint VtdEndpoint;
typedef struct VtdBridge VtdBridge;
typedef struct VtdShadow VtdShadow;

DECLARE_INSTANCE_CHECKER(VtdState, VTD_STATE, TYPE_INTEL_IOMMU_DEVICE)

/* FEEx_xxxxh */
#define VTD_INTERRUPT_WINDOW 0xfee00000ULL
#define VTD_INTERRUPT_WINDOW_SIZE 0x100000ULL

/*
 * The view of memory of one requester.  The bus is known by its address: its
 * number can change.  Lives as long as the machine, because nobody says when
 * the last user of the address space has gone.  When the bus goes it is an
 * orphan, with nothing in it, until another bus takes it over.
 */
struct VtdRequester {
    VtdState *state;
    PCIBus *bus;
    const uint8_t *bus_number;  /* where it is now; NULL: an orphan */
    uint8_t root_number;        /* of a root bus, which never changes */
    uint8_t devfn;

    AddressSpace as;
    MemoryRegion root;
    MemoryRegion bypass;        /* alias of VtdState.bypass */
    IOMMUMemoryRegion iommu;
    MemoryRegion interrupts;    /* on top of iommu */

    /* With the BQL held */
    bool translated;            /* the view: iommu, else bypass */
    bool switching;             /* in the last look at all views */
    uint16_t sid;               /* when the view was last looked at */
    bool renumbered;
    IOMMUNotifierFlag notifier_flags;
    struct vtd_requester_info told;     /* what notifiers know it as */
    QLIST_HEAD(, VtdShadow) shadows;
    QLIST_ENTRY(VtdRequester) next;
};

/* An interrupt message of the unit's own */
typedef struct VtdMessage {
    uint64_t address;
    uint32_t data;
} VtdMessage;

/* Different ones that are on their way at once: one for each event, and some */
#define VTD_MESSAGES_MAX 16

/* Waits before a stale use is told of, as in vtd_config_init() */
#define VTD_CHECK_WAITS 4

typedef struct VtdProperties {
    uint32_t version;
    OnOffAuto eim;
    bool buggy_eim;
    uint8_t aw_bits;
    bool caching_mode;
    bool scalable_mode;
    bool first_stage;
    bool snoop_control;
    bool pasid_mode;
    uint8_t pasid_bits;
    bool svm;
    bool dma_drain;
    bool dma_translation;
    bool stale_tm;
    bool fs1gp;
    bool strict_ioapic_sid;
    char *iotlb;
    uint32_t iotlb_entries;
    bool check;
    uint32_t check_waits;
    char *record;
    uint64_t record_limit;
} VtdProperties;

/* What a monitor asks for: a request for memory, for a page, or for an
 * interrupt */
typedef enum VtdAsked {
    VTD_ASKED_MEMORY,
    VTD_ASKED_PAGE,             /* with what @request says */
    VTD_ASKED_INTERRUPT,
} VtdAsked;

typedef struct VtdQuestion {
    VtdAsked asked;
    struct vtd_request request;
    struct vtd_interrupt_request message;
} VtdQuestion;

/* Lists that may be longer than a monitor has time for, and where they begin;
 * goes_on: only those that are wanted */
enum {
    VTD_DUMP_REQUESTERS,
    VTD_DUMP_INTERRUPTS,
    VTD_DUMP_IOTLB,
    VTD_DUMP_LISTS
};
typedef struct VtdDumpFrom {
    bool goes_on;
    bool wanted[VTD_DUMP_LISTS];
    struct vtd_dump_requesters requesters;
    uint32_t interrupts;
    uint32_t iotlb;
} VtdDumpFrom;

struct VtdState {
    IntelIOMMUState parent;

    VtdProperties properties;
    struct vtd_unit *unit;
    FILE *record_file;          /* with x-record */
    Notifier record_exit;
    QEMUTimer *timer;

    MemoryRegion registers;
    MemoryRegion bypass;        /* memory without remapping of DMA */
    MemoryRegion system;
    MemoryRegion interrupts;    /* on top of bypass */
    AddressSpace ioapic_as;
    bool translating;           /* when all views were last looked at */
    QEMUBH *view_bh;
    DeviceListener plug_listener;
    Notifier machine_done;

    /* Protects @requesters, which changes with the BQL held as well */
    QemuMutex lock;
    QLIST_HEAD(, VtdRequester) requesters;
    QLIST_HEAD(, VtdRequester) orphans;
    unsigned int listeners;     /* requesters with notifiers */
    QLIST_HEAD(, VtdEndpoint) endpoints;
    QLIST_HEAD(, VtdBridge) bridges;
    DeviceListener device_listener;

    QemuMutex event_lock;
    QTAILQ_HEAD(, VtdEvent) events;
    unsigned int queued;        /* how many */
    VtdEvent *newest_mappings;  /* the last notices in the queue, or NULL */
    VtdEvent *newest_interrupts;
    QEMUBH *event_bh;
    /* With the BQL held: its holder looks at the events before it lets go */
    bool attending;
    bool delivering;
    unsigned int work;          /* done since delivering began */

    /* vtd_trace.c; the log's with @event_lock held */
    uint32_t traced_status;
    int64_t log_second;
    unsigned int log_lines;
    unsigned int log_left_out;

    /* vtd_look.c, with the BQL held; NULL: nothing is asked */
    char *question_text;
    VtdQuestion question;
    char *dump_from_text;
    VtdDumpFrom dump_from;

    /* Migration: the unit's state, and messages that it has sent */
    uint32_t blob_size;
    uint8_t *blob;
    uint32_t message_count;
    VtdMessage message[VTD_MESSAGES_MAX];
    bool loading;
};

/* An orphan is nobody's: an access that is late belongs to no function */
static inline uint16_t vtd_requester_sid(const VtdRequester *requester)
{
    const uint8_t *number = qatomic_read(&requester->bus_number);

    return number ? PCI_BUILD_BDF(*number, requester->devfn)
                  : X86_IOMMU_SID_INVALID;
}

/* vtd_config.c */
void vtd_config_add_properties(DeviceClass *dc);

/* vtd_look.c */
void vtd_look_add_properties(ObjectClass *klass);

/* vtd_check.c */
void vtd_check_add_properties(ObjectClass *klass);
/* Whether any unit has x-check=on, for what is asked too often to look for it */
bool vtd_check_is_on(void);
bool vtd_check_make(VtdState *s, struct vtd_config *config, Error **errp);
void vtd_check_stale_use(void *host, const struct vtd_stale_use *use);
void vtd_check_lint(void *host, const struct vtd_lint_report *report);
bool vtd_config_make(VtdState *s, struct vtd_config *config, Error **errp);

/* vtd_record.c */
bool vtd_record_unit(VtdState *s, const struct vtd_config *config,
                       Error **errp);

/* vtd_host.c */
extern const struct vtd_host_ops vtd_host_ops;

/* vtd_events.c */
void vtd_events_init(VtdState *s);
void vtd_events_attend(VtdState *s);
void vtd_events_flush(VtdState *s);
void vtd_events_forget(VtdState *s);
void vtd_events_save(VtdState *s);
void vtd_events_load(VtdState *s);
void vtd_events_all_changed(VtdState *s);
void vtd_event_message(void *host, uint64_t address, uint32_t data);
int vtd_event_invalidate(void *host,
                         const struct vtd_device_tlb_invalidation *request);
void vtd_event_response(void *host,
                        const struct vtd_page_group_response *response);
bool vtd_event_wants_mappings(void *host,
                              const struct vtd_mappings_changed *change);
int vtd_event_mappings(void *host,
                       const struct vtd_mappings_changed *change);
int vtd_event_interrupts(void *host,
                         const struct vtd_interrupts_changed *change);
void vtd_events_routes_changed(VtdState *s);

/* vtd_memory.c */
void vtd_memory_init(VtdState *s);
VtdRequester *vtd_memory_requester(VtdState *s, PCIBus *bus, int devfn);
VtdRequester *vtd_memory_requester_of(PCIDevice *dev);
void vtd_memory_orphan(VtdRequester *requester);

/* vtd_bridge.c; with the BQL held */
void vtd_bridge_watch(VtdState *s, PCIBus *bus);
void vtd_bridge_forget(VtdState *s, PCIDevice *dev);

/* vtd_view.c; with the BQL held, but for the last two */
void vtd_view_start(VtdState *s);
void vtd_view_init(VtdRequester *requester);
void vtd_view_update(VtdState *s);
void vtd_view_switch(VtdState *s);
void vtd_view_renumber(VtdState *s);
void vtd_view_query(VtdRequester *requester, struct vtd_requester_info *info);
void vtd_view_passes_through(VtdRequester *requester);

/* vtd_interrupt.c */
void vtd_interrupt_window_init(MemoryRegion *mr, VtdState *s,
                               VtdRequester *requester);
int vtd_interrupt_route(X86IOMMUState *iommu, MSIMessage *origin,
                        MSIMessage *translated, uint16_t sid);
void vtd_interrupt_send(uint64_t address, uint32_t data);

/* vtd_notify.c; with the BQL held, but for the two that only look at changes */
int vtd_notify_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old,
                            IOMMUNotifierFlag new, Error **errp);
void vtd_notify_drop(VtdRequester *requester);
void vtd_notify_all(VtdRequester *requester);
void vtd_notify_mappings(VtdState *s,
                         const struct vtd_mappings_changed *change);
bool vtd_notify_needs(VtdState *s, const struct vtd_mappings_changed *change);
bool vtd_notify_covers(const struct vtd_mappings_changed *a,
                       const struct vtd_mappings_changed *b);
void vtd_notify_device_tlb(VtdRequester *requester, hwaddr first, hwaddr last);

/* vtd_shadow.c; with the BQL held */
void vtd_shadow_collect(VtdRequester *requester);
void vtd_shadow_refresh(VtdRequester *requester, IOMMUNotifier *n,
                        hwaddr first, hwaddr last);
void vtd_shadow_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n);

/* vtd_host_device.c */
void vtd_host_device_init(VtdState *s);
bool vtd_host_device_possible(VtdState *s, Error **errp);
bool vtd_host_device_set(PCIBus *bus, void *opaque, int devfn,
                         HostIOMMUDevice *hiod, Error **errp);
void vtd_host_device_unset(PCIBus *bus, void *opaque, int devfn);

/* vtd_bus.c; with the BQL held, but for the last */
void vtd_bus_init(VtdState *s, PCIBus *bus);
bool vtd_bus_has_function(VtdState *s, uint16_t sid);
void vtd_bus_invalidate(VtdState *s,
                        const struct vtd_device_tlb_invalidation *request);
void vtd_bus_response(VtdState *s,
                      const struct vtd_page_group_response *response);
int vtd_bus_request_page(VtdState *s, const struct vtd_page_request *request);

#endif /* VTD_GLUE_H */
