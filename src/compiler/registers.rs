//! Which register holds what while a function is being emitted.
//!
//! Locals and temporaries share one stack of near registers, which instructions address directly. What is
//! hard is that programs have no limit near 250: a local that finds the lower half of the near registers
//! taken lives in a far register, so that the upper half is always there for temporaries, and an expression
//! that needs more saves the temporaries around it in far registers for as long as it takes (see `spilled_to` in
//! `emit_expr.rs`).

use crate::bytecode::code::{MAX_REGISTERS, NEAR_REGISTERS};

/// A near register.
pub(super) type Reg = u8;

/// Locals live in near registers below this.
pub(super) const NEAR_LOCALS: usize = 128;

#[derive(Debug)]
pub(super) struct Registers {
    /// The near registers in use.
    near: usize,
    /// Those below hold variables and what statements need; those from here on are temporaries.
    floor: usize,
    near_most: usize,
    /// The first far register that is free.
    far: usize,
    far_most: usize,
    /// Ran out of one or the other.
    pub(super) exhausted: bool,
}

/// A state of the registers to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    near: usize,
    floor: usize,
    far: usize,
}

impl Registers {
    /// The registers of a function whose parameters fill the first ones.
    pub(super) fn new(params: usize) -> Registers {
        let near = params.min(NEAR_LOCALS);
        Registers {
            near,
            floor: near,
            near_most: params.min(NEAR_REGISTERS),
            far: params.max(NEAR_REGISTERS),
            far_most: if params > NEAR_REGISTERS { params } else { 0 },
            exhausted: params > MAX_REGISTERS,
        }
    }

    /// A fresh temporary on top of the others.
    pub(super) fn temp(&mut self) -> Reg {
        self.window(1)
    }

    /// `n` fresh temporaries in a row.
    pub(super) fn window(&mut self, n: usize) -> Reg {
        if self.near + n > NEAR_REGISTERS {
            self.exhausted = true;
            return 0;
        }
        let first = self.near;
        self.near += n;
        self.near_most = self.near_most.max(self.near);
        first as Reg
    }

    pub(super) fn far(&mut self) -> u16 {
        if self.far >= MAX_REGISTERS {
            self.exhausted = true;
            return NEAR_REGISTERS as u16;
        }
        let register = self.far;
        self.far += 1;
        self.far_most = self.far_most.max(self.far);
        register as u16
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { near: self.near, floor: self.floor, far: self.far }
    }

    pub(super) fn release(&mut self, mark: Mark) {
        self.release_near(mark);
        self.far = mark.far;
    }

    pub(super) fn release_near(&mut self, mark: Mark) {
        self.near = mark.near;
        self.floor = mark.floor;
    }

    /// Makes variables of all that are in use.
    pub(super) fn keep(&mut self) {
        self.floor = self.near;
    }

    /// Whether `n` more locals can be near.
    pub(super) fn has_room(&self, n: usize) -> bool {
        self.near + n <= NEAR_LOCALS
    }

    /// Whether `n` more temporaries can be had.
    pub(super) fn has_temps(&self, n: usize) -> bool {
        self.near + n <= NEAR_REGISTERS
    }

    /// Whether nobody can see what is written to the register before it is all done.
    pub(super) fn is_scratch(&self, register: Reg) -> bool {
        register as usize >= self.floor
    }

    pub(super) fn is_top(&self, register: Reg) -> bool {
        register as usize + 1 == self.near
    }

    /// The temporaries in use.
    pub(super) fn temps(&self) -> std::ops::Range<usize> {
        self.floor..self.near
    }

    /// Takes the temporaries in use for free, until [`Self::release`].
    pub(super) fn forget_temps(&mut self) {
        self.near = self.floor;
    }

    /// How many registers a call needs.
    pub(super) fn total(&self) -> usize {
        self.near_most.max(self.far_most)
    }
}
