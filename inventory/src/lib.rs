//! A stand-in for the crate of the same name, put in its place by `[patch.crates-io]` in the workspace's manifest.
//!
//! `inventory` collects values at link time: each `submit!` becomes a constructor that runs before `main`, and the linker
//! must keep whatever a constructor reaches. tract-core, tract-data and tract-nnef submit their model transforms, runtimes and
//! knobs that way, and through them every operator tract knows is pinned into the binary, used or not. Tagdrop looks up
//! none of those by name. Only tract-linalg's submissions matter to it: they are the matrix kernels that float models run on.
//!
//! So [`submit!`] here registers what [`is_registered`] says and drops the rest. The decision is a constant in each expansion,
//! hence the linker sees no reference to what is dropped. `tests/it/float.rs` of the main crate and `tests/web.rs` hold that
//! float models still answer as they should.
//!
//! The interface is the part of `inventory` 0.3 that tract uses: [`collect!`], [`submit!`], [`iter`].

#![no_std]

use core::{
    marker::PhantomData,
    ops::Deref,
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, Ordering},
};

/// Whether what is submitted in `module` is registered. Evaluated at compile time.
///
/// Nothing is without the feature `kernels`, for programs that run no float model. With it, all of tract-linalg is, but for its
/// portable matrix products where vectors are there for certain: those never run then, except on other numbers than `f32`.
pub const fn is_registered(module: &str) -> bool {
    let replaced = cfg!(target_feature = "simd128") && is_within(module, "tract_linalg::generic::mmm");
    is_within(module, "inventory") || cfg!(feature = "kernels") && is_within(module, "tract_linalg") && !replaced
}

/// Whether `module` is `parent` or below it.
const fn is_within(module: &str, parent: &str) -> bool {
    let (module, parent) = (module.as_bytes(), parent.as_bytes());
    let mut at = 0;
    while at < parent.len() {
        if at == module.len() || module[at] != parent[at] {
            return false;
        }
        at += 1;
    }
    at == module.len() || module[at] == b':'
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

/// Registers a value before `main`, if [`is_registered`] says so of the module it is submitted in; else it is only type-checked.
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
                if $crate::is_registered(module_path!()) { register } else { skip };
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
    fn only_kernels_are_registered_and_only_if_asked_for() {
        let with_kernels = cfg!(feature = "kernels");
        assert_eq!(crate::is_registered("tract_linalg"), with_kernels);
        assert_eq!(crate::is_registered("tract_linalg::generic::exp"), with_kernels);
        let with_portable_products = with_kernels && !cfg!(target_feature = "simd128");
        assert_eq!(crate::is_registered("tract_linalg::generic::mmm"), with_portable_products);
        assert!(!crate::is_registered("tract_nnef::ops"));
        assert!(!crate::is_registered("tract_linal"));
        assert!(!crate::is_registered("tract_linalgebra"));
    }
}
