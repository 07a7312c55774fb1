//! Flights over three nodes.

mod code;
mod confinement;
mod endings;
mod faults;
mod landing;
mod losses;
mod policies;
mod preemption;
mod remains;
