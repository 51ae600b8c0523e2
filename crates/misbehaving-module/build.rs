//! Owns the flags that the module is linked with.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // What the module knows (sessions, the control file it read) must outlast a dlclose by the application:
    // the module it forwards to stays initialised as well.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
