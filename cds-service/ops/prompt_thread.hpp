// Promises: a thread that mostly sleeps, works shortly and is waited for by others need not wait for a busy one's time slice.
#pragma once

namespace cofactor::service::ops {

/// Asks the kernel for short turns for the calling thread: when it wakes up it runs before threads with longer ones (Linux 6.12
/// and later, EEVDF's slices; sched_setattr(2)). It gets no more time than before. Where the kernel does not know this or a
/// filter forbids it, nothing changes: it is a wish.
void wake_promptly();

}  // namespace cofactor::service::ops
