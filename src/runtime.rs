//! Stands in for functions that the standard library refers to, that this program has no use for, and that cost it a
//! fifth of a short run.
//!
//! - The unwinder: the program aborts when it panics, so it never unwinds, but the standard library is compiled once for
//!   all programs and refers to libgcc_s. With the functions defined here nothing does, and the linker leaves that
//!   library out (`--as-needed`). Should a standard library refer to more of them, it is loaded as before. The static
//!   build has no such library to load, and is smaller.
//! - The bounds of the main thread's stack, for which glibc reads /proc/self/maps and musl tries page by page. The
//!   standard library wants them for its message on a stack overflow; without them that ends in a plain SIGSEGV.
//!
//! All are hidden from other libraries: name service modules that unwind must find the functions of libgcc_s.
//! What comes of it is tested in tests/delivery.

use std::arch::global_asm;
use std::ffi::{c_int, c_void};

use nix::libc;

/// Defines functions that nothing calls: only a program that unwinds would.
macro_rules! never_called {
    ($($name:ident)*) => {$(
        global_asm!(concat!(".hidden ", stringify!($name)));

        // SAFETY: takes the place of the function of that name, which this program never calls.
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> ! {
            std::process::abort()
        }
    )*};
}

never_called! {
    _Unwind_DeleteException
    _Unwind_FindEnclosingFunction
    _Unwind_GetCFA
    _Unwind_GetDataRelBase
    _Unwind_GetGR
    _Unwind_GetIP
    _Unwind_GetIPInfo
    _Unwind_GetLanguageSpecificData
    _Unwind_GetRegionStart
    _Unwind_GetTextRelBase
    _Unwind_RaiseException
    _Unwind_Resume
    _Unwind_SetGR
    _Unwind_SetIP
}

/// `_URC_END_OF_STACK` of the Itanium C++ ABI.
const END_OF_STACK: c_int = 5;

global_asm!(".hidden _Unwind_Backtrace", ".hidden pthread_getattr_np");

/// Finds no frames: where `RUST_BACKTRACE` asks for a backtrace, it is empty. In a program without symbols it would
/// be without names.
// SAFETY: the signature and the result are those of the ABI; the callback may be called for no frame at all.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_callback: *mut c_void, _argument: *mut c_void) -> c_int {
    END_OF_STACK
}

/// Fails, which the standard library takes as "not known".
// SAFETY: the signature is that of pthread_getattr_np(3), which leaves the attributes alone where it fails.
#[unsafe(no_mangle)]
extern "C" fn pthread_getattr_np(_: libc::pthread_t, _: *mut libc::pthread_attr_t) -> c_int {
    libc::ENOSYS
}
