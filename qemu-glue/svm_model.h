/*
 * The `svm` demo device: what its parts share
 *
 * A PCIe endpoint that works on virtual addresses of processes.  What software
 * sees of it is in svm_device.h.
 *
 *   svm_device.c   the QOM type, reset, interrupts
 *   svm_config.c   configuration space: ATS, PASID and PRI capabilities
 *   svm_listen.c   invalidations and page group responses coming in
 *   svm_regs.c     BAR 0
 *   svm_portal.c   portals: queues and worker threads
 *   svm_portal0.c  commands of portal 0
 *   svm_job.c      a command from its beginning to its end, in steps
 *   svm_command.c  what commands of user portals do
 *   svm_access.c   memory, through libvtd's endpoint and its ATC
 *   svm_stop.c     a machine that is stopped
 *   svm_state.c    migration and snapshots
 *   svm_look.c     what a monitor can ask
 *
 * Threads: registers, configuration space and reset come with the BQL held.
 * Each portal has a thread that runs its commands and never takes the BQL,
 * because a holder of the BQL waits for it: an invalidation or a stop of the
 * machine for the access under way (a page at most), a reset for the command to
 * abort.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SVM_MODEL_H
#define SVM_MODEL_H

#include "vtd_compat.h"
#include "vtd_pci.h"
#include "qemu/thread.h"
#include "qom/object.h"
#include "svm_device.h"

#include <vtd/endpoint.h>

#define TYPE_SVM_DEVICE "svm"
OBJECT_DECLARE_SIMPLE_TYPE(SvmDevice, SVM_DEVICE)

#define SVM_QUEUE_DEPTH 32
#define SVM_ATS_OFFSET 0x100
#define SVM_PASID_OFFSET 0x110
#define SVM_PRI_OFFSET 0x120
#define SVM_PRI_CAPACITY 2048
/* Those of enum svm_counter that the endpoint counts */
#define SVM_COUNTERS_ENDPOINT SVM_COUNTER_COMMANDS_OK

typedef struct SvmPortal SvmPortal;

/* Users are portals with this PASID; on: registered with the IOMMU */
typedef struct SvmListener {
    VtdPciListener listener;
    SvmDevice *device;
    uint32_t pasid;             /* PCI_NO_PASID: requests without */
    unsigned int users;
    bool on;
} SvmListener;

/* The registers of portal 0 */
typedef struct SvmPortal0 {
    uint64_t command;
    uint64_t address;
    uint64_t crc;
    uint64_t length;
    uint64_t options;
} SvmPortal0;

/* What a command goes through.  Portal 0 has no record. */
typedef enum SvmPhase {
    SVM_PHASE_FETCH,
    SVM_PHASE_EXECUTE,
    SVM_PHASE_REPORT,
    SVM_PHASE_END,
    SVM_PHASES
} SvmPhase;

/* How far a command is: with this any device can go on with it */
typedef struct SvmProgress {
    uint32_t phase;
    uint32_t lost;              /* enum svm_status: why there is no record */
    struct svm_command command;
    struct svm_record record;
    uint64_t cursor;            /* the operation's: node, reads, CRC so far */
} SvmProgress;

/* SvmJob.awaited: none */
#define SVM_NO_GROUP UINT32_MAX

/*
 * A command while it runs.  A step works out what comes after it in @next, which
 * becomes @now together with what the step does to memory, or, if it only reads,
 * by svm_job_commit().  The machine stops before or after that, and a step that
 * has not got there can be done again.
 */
typedef struct SvmJob {
    SvmPortal *portal;
    uint64_t address;
    bool resumed;               /* it began in another process */
    uint32_t awaited;           /* and had this page request group there */
    SvmProgress now;            /* as the fields below SvmPortal.lock */
    SvmProgress next;
    /* Only for the thread that runs it */
    struct vtd_endpoint *endpoint;
    bool pasid_present;
    uint32_t pasid;
    bool privileged;
    uint64_t fault_address;
} SvmJob;

typedef struct SvmQueued {
    uint64_t address;
} SvmQueued;

/* A portal in a stream, where that is not what it is in memory */
typedef struct SvmSaved {
    uint32_t pasid;             /* SVM_PASID_NONE: requests without */
    bool running;
    bool aborting;
    uint32_t queued;
    SvmQueued queue[SVM_QUEUE_DEPTH];
} SvmSaved;

struct SvmPortal {
    SvmDevice *device;
    unsigned int index;
    QemuThread thread;
    struct vtd_endpoint_canceller canceller;

    /* Changed with the BQL held, while the portal is idle */
    SvmListener *listener;

    QemuMutex lock;             /* protects the rest */
    QemuCond work;              /* its thread has something to look at */
    QemuCond idle;
    bool stopping;
    bool aborting;
    bool ending;                /* aborting, and it cannot wait for anything */
    bool running;               /* there is a job */
    bool stopped;               /* with the machine */
    bool moving;                /* reads or writes the guest's memory */
    bool enabled;
    bool privileged;
    uint64_t queue[SVM_QUEUE_DEPTH];
    unsigned int queue_head;
    unsigned int queued;
    uint64_t ended;
    uint64_t dropped;
    uint64_t lost_address;
    uint64_t lost_status;
    SvmJob job;                 /* if one is running */
    SvmSaved saved;
};

struct SvmDevice {
    PCIDevice parent_obj;

    uint8_t portals;            /* property: user portals */
    struct vtd_endpoint *endpoint;
    MemoryRegion bar;
    SvmPortal portal[SVM_PORTALS_MAX + 1];
    SvmListener listener[SVM_PORTALS_MAX + 2];
    SvmPortal0 portal0;         /* what is written */
    SvmPortal0 portal0_job;     /* what runs */
    uint64_t portal0_status;

    QemuMutex lock;             /* protects the rest */
    QemuCond drained;
    QEMUBH *interrupt_bh;
    VMChangeStateEntry *state_entry;
    Notifier machine_done;
    bool stopped;
    unsigned int messages;      /* page requests on their way */
    uint64_t causes;
    uint64_t interrupts;        /* portals whose message is to be sent */
    uint64_t commands_ok;
    uint64_t commands_failed;
    uint32_t counter_high;      /* latched */

    /* Migration, beside SvmPortal.saved */
    uint32_t saved_portals;
    uint64_t saved_counter[SVM_COUNTERS_ENDPOINT];
    uint64_t counter_base[SVM_COUNTERS_ENDPOINT];
    uint32_t blob_size;
    uint8_t *blob;              /* the endpoint's state */
};

/* svm_device.c; from any thread, with the portal's lock held */
void svm_command_ended(SvmPortal *portal, bool ok, bool interrupt);
/* With the BQL held */
void svm_interrupts_send(SvmDevice *d);

/* svm_look.c */
void svm_look_add_properties(ObjectClass *klass);

/* svm_config.c */
bool svm_config_init(SvmDevice *d, Error **errp);
uint32_t svm_config_read(PCIDevice *dev, uint32_t address, int length);
void svm_config_write(PCIDevice *dev, uint32_t address, uint32_t value,
                      int length);
void svm_config_reset(SvmDevice *d);
/* For a stream, which must not have what the endpoint says at the moment */
void svm_config_normalise(SvmDevice *d);

/* svm_listen.c; with the BQL held */
void svm_listen_init(SvmDevice *d);
SvmListener *svm_listener_get(SvmDevice *d, uint32_t pasid);
void svm_listener_put(SvmListener *listener);
void svm_listen_refresh(SvmDevice *d);
void svm_listen_stop(SvmDevice *d, bool pasids_only);

/* svm_state.c */
extern const VMStateDescription svm_vmstate;

/* svm_regs.c; of all endpoints that the device has had */
uint64_t svm_counter(SvmDevice *d, unsigned int index);
extern const MemoryRegionOps svm_regs_ops;

/* svm_portal.c; with the BQL held, but for the last */
void svm_portal_init(SvmDevice *d, unsigned int index);
void svm_portal_destroy(SvmPortal *portal);
void svm_portal_enable(SvmPortal *portal, bool enable, bool privileged);
void svm_portal_abort(SvmPortal *portal);
void svm_portal_quiesce(SvmPortal *portal);
void svm_portals_quiesce(SvmDevice *d);
void svm_portal_set_pasid(SvmPortal *portal, uint32_t pasid);
bool svm_portal_submit(SvmPortal *portal, uint64_t address);
bool svm_portal_is_aborting(SvmPortal *portal);

/*
 * svm_stop.c.  What moves data or asks for a translation is between a begin
 * that returned true and its end; with the lock of the portal neither held nor
 * needed, but for svm_stop_wait().
 */
void svm_stop_init(SvmDevice *d);
void svm_stop_exit(SvmDevice *d);
void svm_stop_thread(SvmPortal *portal);
bool svm_stop_wait(SvmPortal *portal);
bool svm_running_wait(SvmPortal *portal);
bool svm_move_try(SvmPortal *portal);
void svm_move_end(SvmPortal *portal);
bool svm_translation_begin(void);
void svm_translation_end(void);
bool svm_message_begin(SvmDevice *d);
void svm_message_end(SvmDevice *d);

/*
 * svm_job.c; on the portal's thread.  svm_job_run() goes on with a job in its
 * phase, and each phase gets it into a later one.
 */
void svm_job_begin(SvmPortal *portal, uint64_t address);
void svm_job_run(SvmPortal *portal);
bool svm_job_is_ok(const SvmJob *job);
bool svm_job_has_interrupt(const SvmJob *job);
/* Nothing of what the step would have done has been */
void svm_job_undo(SvmJob *job);
/* What is done is done; it waits while the machine is stopped */
void svm_job_commit(SvmJob *job);

/* svm_portal0.c */
void svm_portal0_start(SvmDevice *d, uint64_t command);
enum svm_status svm_portal0_execute(SvmJob *job);

/* svm_command.c */
enum svm_status svm_command_fetch(SvmJob *job);
enum svm_status svm_command_execute(SvmJob *job);

/*
 * svm_access.c; reads of any length, and across pages.  What fails leaves its
 * address in SvmJob.fault_address.  What writes, within a page, commits the step
 * if it does not fail.
 */
enum svm_status svm_check_on(SvmJob *job);
enum svm_status svm_read(SvmJob *job, uint64_t address, void *buffer,
                         size_t length);
enum svm_status svm_write(SvmJob *job, uint64_t address, const void *buffer,
                          size_t length);
enum svm_status svm_read_word(SvmJob *job, uint64_t address, uint64_t *value);
enum svm_status svm_atomic_add(SvmJob *job, uint64_t address, uint64_t addend,
                               uint64_t *old);
enum svm_status svm_read_command(SvmJob *job, struct svm_command *command);
enum svm_status svm_write_record(SvmJob *job);
uint8_t svm_crc8(uint8_t crc, const uint8_t *bytes, size_t length);

/* Bytes from @address on that one step of a command moves */
size_t svm_step(uint64_t address, uint64_t remaining);

#endif /* SVM_MODEL_H */
