//! The table of C functions that SQLite calls: ours where a disk has something to say, the system's own elsewhere.

#![expect(unsafe_code, reason = "a VFS is a table of C functions")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::Once;

use rusqlite::ffi;

use super::{Disk, Fault, HALF, State, Tracked, disk_of};

/// A file of ours; the system's own follows it in memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    disk: *mut Disk,
    path: *mut PathBuf,
}

const HEAD: usize = size_of::<File>().next_multiple_of(16);

/// Makes ours the one that is used for whatever is opened from now on.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a few bytes")]
pub(super) fn register() {
    static ONCE: Once = Once::new();
    // SAFETY: the table is made once, lives for ever, and is a copy of the system's with our functions in it; SQLite
    // calls these with files that `open` has filled.
    ONCE.call_once(|| unsafe {
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        let table = Box::leak(Box::new(*system));
        table.zName = c"failing-disk".as_ptr();
        table.pAppData = system.cast();
        table.szOsFile = (*system).szOsFile + HEAD as c_int;
        table.xOpen = Some(open);
        table.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(table, 1), ffi::SQLITE_OK);
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn below(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: szOsFile has room for both.
    unsafe { file.cast::<u8>().add(HEAD).cast() }
}

/// Calls the system's own function of that name.
macro_rules! system {
    ($file:expr, $name:ident $(, $argument:expr)*) => {{
        let file = below($file);
        ((*(*file).pMethods).$name.expect("the system has it"))(file $(, $argument)*)
    }};
}

/// What stands before the system's file.
unsafe fn ours<'a>(file: *mut ffi::sqlite3_file) -> (&'a Disk, &'a Path) {
    // SAFETY: filled by `open`, freed by `close`.
    unsafe {
        let file = file.cast::<File>();
        (&*(*file).disk, &*(*file).path)
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let kept = ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
    // SAFETY: SQLite's contract of xOpen: `file` has szOsFile bytes, `name` is a C string or null.
    unsafe {
        let system = (*vfs).pAppData.cast::<ffi::sqlite3_vfs>();
        let open = (*system).xOpen.expect("the system opens");
        let path =
            (!name.is_null()).then(|| PathBuf::from(CStr::from_ptr(name).to_string_lossy().into_owned()));
        let path = path.filter(|_| flags & kept != 0);
        let Some((path, disk)) = path.and_then(|path| disk_of(&path).map(|disk| (path, disk))) else {
            return open(system, name, file, flags, out);
        };
        (*file).pMethods = std::ptr::null();
        if disk.is_cut() {
            return ffi::SQLITE_CANTOPEN;
        }
        (*below(file)).pMethods = std::ptr::null();
        let code = open(system, name, below(file), flags, out);
        if code != ffi::SQLITE_OK {
            return code;
        }
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        disk.state().files.entry(path.clone()).or_insert_with(|| Tracked { size, ..Tracked::default() });
        let ours = file.cast::<File>();
        (*ours).disk = Box::into_raw(Box::new(disk));
        (*ours).path = Box::into_raw(Box::new(path));
        (*file).pMethods = &raw const METHODS;
        code
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite's contract of xDelete.
    unsafe {
        let system = (*vfs).pAppData.cast::<ffi::sqlite3_vfs>();
        let path = PathBuf::from(CStr::from_ptr(name).to_string_lossy().into_owned());
        if let Some(disk) = disk_of(&path) {
            if disk.is_cut() {
                return ffi::SQLITE_IOERR_DELETE;
            }
            disk.state().files.remove(&path);
        }
        ((*system).xDelete.expect("the system deletes"))(system, name, sync)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: called once, after `open`.
    unsafe {
        let code = system!(file, xClose);
        let ours = file.cast::<File>();
        drop(Box::from_raw((*ours).disk));
        drop(Box::from_raw((*ours).path));
        code
    }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, bytes: c_int, at: i64) -> c_int {
    // SAFETY: as SQLite's own call.
    unsafe {
        match ours(file).0.state().check(Fault::Read) {
            Ok(()) => system!(file, xRead, to, bytes, at),
            Err(code) => code,
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: i64,
) -> c_int {
    // SAFETY: as SQLite's own call; half of the bytes are there, too.
    unsafe {
        let (disk, path) = ours(file);
        let mut state = disk.state();
        let (bytes, code) = match state.check(Fault::Write) {
            Ok(()) => (bytes, ffi::SQLITE_OK),
            Err(HALF) => (bytes / 2, ffi::SQLITE_IOERR_WRITE),
            Err(code) => return code,
        };
        let order = state.operations;
        let (begin, end) = (at.unsigned_abs(), at.unsigned_abs() + u64::from(bytes.unsigned_abs()));
        state.files.entry(path.to_owned()).or_default().remember(path, begin, end, order);
        match system!(file, xWrite, from, bytes, at) {
            ffi::SQLITE_OK => code,
            failed => failed,
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: as SQLite's own call.
    unsafe {
        let (disk, path) = ours(file);
        let mut state = disk.state();
        if let Err(code) = state.check(Fault::Sync) {
            return code;
        }
        let order = state.operations;
        let end = std::fs::metadata(path).map_or(0, |file| file.len());
        if end > size.unsigned_abs() {
            state.files.entry(path.to_owned()).or_default().remember(path, size.unsigned_abs(), end, order);
        }
        system!(file, xTruncate, size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: `file` was opened here. Nothing is synced below: only we decide what the disk has.
    unsafe {
        let (disk, path) = ours(file);
        let mut state = disk.state();
        let State { dice, files, .. } = &mut *state;
        let (mut thrown, size) = (*dice, std::fs::metadata(path).map_or(0, |file| file.len()));
        let tracked = files.entry(path.to_owned()).or_default();
        let mut taken = std::mem::take(tracked);
        let checked = state.check(Fault::Sync);
        match checked {
            Ok(()) => taken.synced(size),
            Err(_) if state.is_cut => {}
            Err(_) => taken.sync_failed(&mut thrown),
        }
        state.dice = thrown;
        state.files.insert(path.to_owned(), taken);
        checked.err().unwrap_or(ffi::SQLITE_OK)
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: as SQLite's own call.
    unsafe { if ours(file).0.is_cut() { ffi::SQLITE_IOERR_FSTAT } else { system!(file, xFileSize, size) } }
}

/// Functions that are the system's alone.
macro_rules! handed_down {
    ($($name:ident => $method:ident ($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $kind)*) $(-> $result)? {
            // SAFETY: as SQLite's own call.
            unsafe { system!(file, $method $(, $argument)*) }
        }
    )*};
}

handed_down! {
    lock => xLock(level: c_int) -> c_int;
    unlock => xUnlock(level: c_int) -> c_int;
    check_reserved_lock => xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control => xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size => xSectorSize() -> c_int;
    device_characteristics => xDeviceCharacteristics() -> c_int;
    shm_map => xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock => xShmLock(offset: c_int, n: c_int, flags: c_int) -> c_int;
    shm_barrier => xShmBarrier();
    shm_unmap => xShmUnmap(delete: c_int) -> c_int;
}
