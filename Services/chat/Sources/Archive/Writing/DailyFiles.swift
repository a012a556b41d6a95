import Glibc

/// One file of JSON lines for every room and UTC day, `<folder>/<room>/<day>.jsonl`: each message once, in the room's order,
/// as it stood when its line was written, which is a moment after it was posted.
struct DailyFiles: Sendable {
    let folder: String
    /// Waits until the bytes of a file are on disk, and a folder's names; 0 when they are. Another in tests only.
    var sync: @Sendable (_ descriptor: Int32) -> Int32 = { fdatasync($0) }

    func path(room: String, day: String) -> String { "\(self.folder)/\(room)/\(day).jsonl" }

    /// Takes the files of a room for this process alone, until they are given back or the answer goes away.
    ///
    /// - Throws: ``ArchiveError/filesHeld(room:)`` when another process is writing there, which a holder that was frozen in
    ///   the midst of it may do for long; ``ArchiveError/fileFailed(path:errno:)``
    func take(_ room: String) throws(ArchiveError) -> DailyFilesOfRoom {
        let folder = "\(self.folder)/\(room)"
        for path in [self.folder, folder] {
            guard mkdir(path, 0o750) != 0 else {
                try self.keepNames(aboveOf: path)
                continue
            }
            guard errno == EEXIST else { throw .fileFailed(path: path, errno: errno) }
        }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileFailed(path: folder, errno: errno) }
        let files = DailyFilesOfRoom(folder: folder, descriptor: descriptor, sync: self.sync)
        // The kernel takes the lock from a process that was killed.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .filesHeld(room: room) : .fileFailed(path: folder, errno: errno)
        }
        return files
    }

    /// The name of a new folder stands in the one above it.
    private func keepNames(aboveOf path: String) throws(ArchiveError) {
        let descriptor = open("\(path)/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileFailed(path: path, errno: errno) }
        defer { close(descriptor) }
        guard self.sync(descriptor) == 0 else { throw .fileFailed(path: path, errno: errno) }
    }
}

/// The daily files of one room, while nobody else writes there. Its calls wait for the disk.
final class DailyFilesOfRoom: Sendable {
    private let folder: String
    /// Of the folder; the lock ends with it.
    private let descriptor: Int32
    private let sync: @Sendable (Int32) -> Int32

    fileprivate init(folder: String, descriptor: Int32, sync: @escaping @Sendable (Int32) -> Int32) {
        self.folder = folder
        self.descriptor = descriptor
        self.sync = sync
    }

    deinit { close(self.descriptor) }

    /// Lets others take the files. Not left to the end of this object's life: a thread that handed it over may hold it for a
    /// moment longer, and who takes the files next would find them held.
    func giveBack() { flock(self.descriptor, LOCK_UN) }

    /// Appends after the bytes that are known to be written. What stands behind them is of an attempt that was never noted,
    /// and is cut off.
    ///
    /// - Returns: The file's new length, all of which is on disk; nil, and nothing is changed, when the file is shorter than
    ///   it was known to be, or no line ends there: a power cut took its end.
    func append(_ bytes: [UInt8], on day: String, after length: Int) throws(ArchiveError) -> Int? {
        try self.withFile(of: day) { descriptor, present throws(ArchiveError) in
            guard length >= 0, present >= length, self.endsLine(descriptor, at: length) else { return nil }
            if present == length, bytes.isEmpty { return length }
            if present > length { try self.cut(descriptor, to: length, day) }
            return try self.write(bytes, at: length, descriptor, day)
        }
    }

    /// A file system may keep a file's length and lose its bytes.
    private func endsLine(_ descriptor: Int32, at length: Int) -> Bool {
        var byte: UInt8 = 0
        return length == 0 || pread(descriptor, &byte, 1, length - 1) == 1 && byte == UInt8(ascii: "\n")
    }

    /// Writes a file anew.
    ///
    /// - Returns: Its length, all of which is on disk.
    func rewrite(_ bytes: [UInt8], on day: String) throws(ArchiveError) -> Int {
        try self.withFile(of: day) { descriptor, present throws(ArchiveError) in
            if present > 0 { try self.cut(descriptor, to: 0, day) }
            return try self.write(bytes, at: 0, descriptor, day)
        }
    }

    private func path(_ day: String) -> String { "\(self.folder)/\(day).jsonl" }

    private func withFile<Value>(
        of day: String, _ body: (_ descriptor: Int32, _ length: Int) throws(ArchiveError) -> Value
    ) throws(ArchiveError) -> Value {
        let descriptor = open(self.path(day), O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw self.failure(day) }
        defer { close(descriptor) }
        let length = lseek(descriptor, 0, SEEK_END)
        guard length >= 0 else { throw self.failure(day) }
        return try body(descriptor, length)
    }

    private func cut(_ descriptor: Int32, to length: Int, _ day: String) throws(ArchiveError) {
        guard ftruncate(descriptor, length) == 0 else { throw self.failure(day) }
    }

    private func write(
        _ bytes: [UInt8], at offset: Int, _ descriptor: Int32, _ day: String
    ) throws(ArchiveError) -> Int {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, offset + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.failure(day) }
            written += count
        }
        // Only then may the length be noted. The name of a new file stands in the folder.
        guard self.sync(descriptor) == 0, offset > 0 || self.sync(self.descriptor) == 0 else { throw self.failure(day) }
        return offset + written
    }

    private func failure(_ day: String) -> ArchiveError { .fileFailed(path: self.path(day), errno: errno) }
}
