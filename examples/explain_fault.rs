// SPDX-License-Identifier: BSD-3-Clause
//! Why can device 00:03.0 not write to 7123h?  What explain_fault.py asks, from Rust,
//! with libvtd-kit as the machine.  `make rust` makes the bindings (VTD_BINDINGS) with
//! bindgen from the installed headers, and runs this.

#[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code)]
#[allow(deref_nullptr, clippy::all)]
mod vtd {
    include!(env!("VTD_BINDINGS"));
}

use std::ffi::CStr;
use std::mem::{size_of, zeroed};
use std::ptr::null_mut;
use vtd::*;

const ROOT: u64 = 0x1000;
const CONTEXT: u64 = 0x2000;
const LEVELS: [u64; 3] = [0x3000, 0x4000, 0x5000];
const PAGE: u64 = 0xd000;
const SID: u16 = 0x18;

/// A unit on a host with 1 MiB of RAM.  The host must not move: the unit knows it.
struct Machine {
    host: Box<vtd_kit_host>,
    unit: *mut vtd_unit,
}

impl Machine {
    fn new() -> Result<Machine, i32> {
        let mut host = Box::new(unsafe { zeroed::<vtd_kit_host>() });
        let mut unit = null_mut();
        let mut config: vtd_config = unsafe { zeroed() };
        let errors = unsafe {
            vtd_config_init_sized(&mut config, size_of::<vtd_config>() as _);
            let error = vtd_kit_host_init(&mut *host, 1 << 20);
            [error, vtd_kit_unit_create(&config, &mut *host, &mut unit)]
        };
        match errors.iter().find(|error| **error != 0) {
            Some(error) => Err(*error),
            None => Ok(Machine { host, unit }),
        }
    }

    fn store(&mut self, address: u64, value: u64) {
        unsafe { vtd_kit_host_set_64(&mut *self.host, address, value) }
    }

    fn write(&mut self, register: u32, value: u64, size: u32) {
        unsafe { vtd_unit_write(self.unit, register.into(), value, size) }
    }

    fn explain(&mut self, request: &vtd_request) -> (vtd_explanation, Vec<vtd_step>) {
        let mut explanation: vtd_explanation = unsafe { zeroed() };
        let mut steps = vec![unsafe { zeroed::<vtd_step>() }; VTD_STEPS_MAX as usize];
        unsafe {
            vtd_unit_explain(self.unit, request, &mut explanation, steps.as_mut_ptr(),
                             VTD_STEPS_MAX as _);
        }
        steps.truncate(explanation.steps as usize);
        (explanation, steps)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        unsafe {
            vtd_unit_destroy(self.unit);
            vtd_kit_host_destroy(&mut *self.host);
        }
    }
}

/// Three levels of second-stage tables, whose last entry allows reading only.
fn set_up(machine: &mut Machine) {
    // bindgen takes the smallest type that holds a number, so `as u64` for fields.
    let rights = (VTD_SS_R | VTD_SS_W) as u64;

    machine.store(ROOT, CONTEXT | VTD_ROOT_P as u64);
    machine.store(CONTEXT + 16 * u64::from(SID), LEVELS[0] | VTD_CONTEXT0_P as u64);
    machine.store(CONTEXT + 16 * u64::from(SID) + 8, 1); // AW: three levels
    machine.store(LEVELS[0], LEVELS[1] | rights);
    machine.store(LEVELS[1], LEVELS[2] | rights);
    machine.store(LEVELS[2] + 8 * 7, PAGE | VTD_SS_R as u64);
    machine.write(VTD_REG_RTADDR, ROOT, 8);
    machine.write(VTD_REG_GCMD, VTD_GCMD_SRTP as u64, 4);
    machine.write(VTD_REG_GCMD, VTD_GCMD_TE as u64, 4);
}

fn text(words: *const std::os::raw::c_char) -> String {
    unsafe { CStr::from_ptr(words) }.to_string_lossy().into_owned()
}

fn main() -> Result<(), i32> {
    let mut machine = Machine::new()?;
    let mut request: vtd_request = unsafe { zeroed() };

    set_up(&mut machine);
    request.sid = SID;
    request.address = 0x7123;
    request.access = VTD_ACCESS_WRITE;
    let (explanation, steps) = machine.explain(&request);
    for (number, step) in steps.iter().enumerate() {
        let name = text(unsafe { vtd_structure_name(step.structure) });
        let mark = if number == explanation.fault_step as usize { "  <- here" } else { "" };
        println!("{name} at {:#x}: {:#x}{mark}", step.address, step.word[0]);
    }
    let condition = explanation.result.condition;
    let name = text(unsafe { vtd_condition_name(condition) });
    println!("{name}: {}", text(unsafe { vtd_condition_text(condition) }));
    Ok(())
}
