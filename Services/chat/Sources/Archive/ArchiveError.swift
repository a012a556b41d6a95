import Glibc

/// Why the archive did not do what it was asked.
enum ArchiveError: Error, Equatable, CustomStringConvertible {
    /// Redis names another archive: one of the two is not of this suite.
    case belongsElsewhere(inRedis: String, here: String)
    /// The number of partitions was another when the archive, or this Redis, was first used.
    case otherPartitionCount(stored: Int, configured: Int)
    /// Another process took the partition over, or its cursor moved: nothing was written.
    case notTheHolder
    /// A daily file could not be written.
    case fileFailed(path: String, errno: Int32)
    /// Another process is writing the daily files of this room.
    case filesHeld(room: String)

    var description: String {
        switch self {
        case .belongsElsewhere(let inRedis, let here):
            "this Redis belongs to the archive \(inRedis), not to \(here): check DATA_DIR, DATABASE_URL and REDIS_URL"
        case .otherPartitionCount(let stored, let configured):
            "CHAT_PARTITIONS is \(configured), but the stored rooms are in \(stored) partitions"
        case .notTheHolder: "another process holds the partition"
        case .fileFailed(let path, let errno): "cannot write \(path): \(String(cString: strerror(errno)))"
        case .filesHeld(let room): "another process is writing the daily files of \(room)"
        }
    }
}
