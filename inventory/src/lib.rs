//! A stand-in for the crate of the same name, put in its place by `[patch.crates-io]` in the workspace's manifest.
//!
//! `inventory` collects values at link time: each `submit!` becomes a constructor that runs before `main`, and the linker
//! must keep whatever a constructor reaches. tract-core, tract-data and tract-nnef submit their model transforms, runtimes and
//! knobs that way, and through them every operator tract knows is pinned into the binary, used or not. Tagdrop looks up
//! none of those by name. Only tract-linalg's submissions matter to it: they are the matrix kernels that float models run on.
//!
//! So [`submit!`] here registers values of the crates in [`REGISTERED`] and drops the others. The decision is a constant in each
//! expansion, hence the linker sees no reference to what is dropped. `tests/it/inventory.rs` of the main crate holds that the
//! shipped model and a float model still answer as they should.
//!
//! The interface is the part of `inventory` 0.3 that tract uses: [`collect!`], [`submit!`], [`iter`].

#![no_std]

use core::{
    marker::PhantomData,
    ops::Deref,
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, Ordering},
};

/// The crates whose submissions are kept, by package name.
pub const REGISTERED: &[&str] = &["tract-linalg", "inventory"];

/// Whether the crate that expands [`submit!`] is one of [`REGISTERED`]. Evaluated at compile time.
#[doc(hidden)]
pub const fn is_registered(package: &str) -> bool {
    let mut i = 0;
    while i < REGISTERED.len() {
        if same(REGISTERED[i].as_bytes(), package.as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A type whose submitted values can be iterated; implemented by [`collect!`].
pub trait Collect: Sync + Sized + 'static {
    #[doc(hidden)]
    fn registry() -> &'static Registry;
}

/// A submitted value whose type is known only to its registry: `submit!` is given an expression, not a type.
#[doc(hidden)]
pub trait Submitted: Sync {
    fn registry(&self) -> &'static Registry;
}

impl<T: Collect> Submitted for T {
    fn registry(&self) -> &'static Registry {
        T::registry()
    }
}

/// Head of the linked list of one type's values.
#[doc(hidden)]
pub struct Registry {
    head: AtomicPtr<Node>,
}

/// One submitted value and the one that was submitted before it.
#[doc(hidden)]
pub struct Node {
    pub value: &'static dyn Submitted,
    pub link: Link,
}

/// A node's place in its list.
#[doc(hidden)]
pub struct Link {
    next: AtomicPtr<Node>,
    linked: AtomicBool,
}

impl Link {
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "only ever a static's initial value")]
    pub const fn new() -> Self {
        Self { next: AtomicPtr::new(ptr::null_mut()), linked: AtomicBool::new(false) }
    }
}

impl Registry {
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "only ever a static's initial value")]
    pub const fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }
}

impl Node {
    /// Links this node in, once: a wasm host may run the constructors again on each export it calls.
    #[doc(hidden)]
    pub fn register(&'static self) {
        if self.link.linked.swap(true, Ordering::Relaxed) {
            return;
        }
        let head = &self.value.registry().head;
        let this = ptr::from_ref(self).cast_mut();
        let mut previous = head.load(Ordering::Acquire);
        loop {
            self.link.next.store(previous, Ordering::Relaxed);
            match head.compare_exchange_weak(previous, this, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(newer) => previous = newer,
            }
        }
    }
}

/// The values submitted for one type, newest first.
pub struct Iter<T: 'static> {
    next: *const Node,
    values: PhantomData<&'static T>,
}

impl<T: Collect> Iterator for Iter<T> {
    type Item = &'static T;

    fn next(&mut self) -> Option<&'static T> {
        // SAFETY: every pointer in the list came from a `&'static Node`, and nodes are never unlinked.
        let node: &'static Node = unsafe { self.next.as_ref() }?;
        self.next = node.link.next.load(Ordering::Acquire);
        // SAFETY: a node is linked into the registry of its value's own type, and this list began at T's.
        Some(unsafe { &*ptr::from_ref(node.value).cast::<T>() })
    }
}

/// Callers write `iter::<T>()` as well as `iter::<T>.into_iter()`, so `iter` must be a value that is generic, iterable and
/// callable: an enum's variant that dereferences to a function.
mod value {
    use core::{convert::Infallible, marker::PhantomData};

    #[doc(hidden)]
    #[allow(non_camel_case_types, reason = "the name is the interface")]
    pub enum Values<T> {
        iter,
        Never(PhantomData<T>, Infallible),
    }
}
#[doc(hidden)]
pub use value::Values::{self, iter};

fn values<T: Collect>() -> Iter<T> {
    Iter { next: T::registry().head.load(Ordering::Acquire), values: PhantomData }
}

impl<T: Collect> IntoIterator for Values<T> {
    type Item = &'static T;
    type IntoIter = Iter<T>;

    fn into_iter(self) -> Iter<T> {
        values()
    }
}

impl<T: Collect> Deref for Values<T> {
    type Target = fn() -> Iter<T>;

    fn deref(&self) -> &Self::Target {
        &(values::<T> as fn() -> Iter<T>)
    }
}

/// Makes a type collectable: `collect!(Type)` in the crate that defines it.
#[macro_export]
macro_rules! collect {
    ($type:ty) => {
        impl $crate::Collect for $type {
            fn registry() -> &'static $crate::Registry {
                static REGISTRY: $crate::Registry = $crate::Registry::new();
                &REGISTRY
            }
        }
    };
}

/// Registers a value before `main`, if the crate that says so is one of [`REGISTERED`]; else it is only type-checked.
#[macro_export]
macro_rules! submit {
    ($($value:tt)*) => {
        const _: () = {
            // A literal, not a call: only so does a temporary in a static live for ever.
            static NODE: $crate::Node = $crate::Node { value: &{ $($value)* }, link: $crate::Link::new() };

            extern "C" fn register() {
                NODE.register();
            }

            extern "C" fn skip() {}

            #[used]
            #[cfg_attr(not(any(target_vendor = "apple", target_os = "windows")), unsafe(link_section = ".init_array"))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs"))]
            #[cfg_attr(target_os = "windows", unsafe(link_section = ".CRT$XCU"))]
            static CONSTRUCTOR: extern "C" fn() =
                if $crate::is_registered(env!("CARGO_PKG_NAME")) { register } else { skip };
        };
    };
}

#[cfg(test)]
mod tests {
    struct Colour(&'static str);
    collect!(Colour);
    submit!(Colour("red"));
    submit!(Colour("blue"));

    struct Unused;
    collect!(Unused);

    #[test]
    fn submitted_values_are_found_once_each_in_both_spellings() {
        let mut called: [&str; 2] = ["", ""];
        for (slot, colour) in called.iter_mut().zip(crate::iter::<Colour>()) {
            *slot = colour.0;
        }
        called.sort_unstable();
        assert_eq!(called, ["blue", "red"]);
        assert_eq!(crate::iter::<Colour>.into_iter().count(), 2);
        assert_eq!(crate::iter::<Unused>().count(), 0);
    }

    #[test]
    fn other_crates_are_dropped() {
        assert!(crate::is_registered("tract-linalg"));
        assert!(!crate::is_registered("tract-nnef"));
        assert!(!crate::is_registered("tract-linal"));
    }
}
