import Cryptography
import Domain
import NIOCore
import Redis
import WireContract
import WorkQueue

/// One command about to be applied: the entry, its place in the partition, and what acts decide from.
struct CommandContext {
    let entry: StreamEntry
    /// Where the cursor must be when the script runs.
    let cursor: StreamID
    let fence: PartitionFence
    let command: ChatCommand
    let moment: Moment
    let keys: ChatKeys
    let room: RoomKeys
    let rooms: RoomRecords
    let directory: ChatDirectory
    let limits: ChatLimits
    /// Nil when the archive was not asked.
    let archived: ArchiveAnswer?

    func head(rights: Permissions = []) -> CommandHead {
        CommandHead(
            keys: self.keys, fence: self.fence, cursor: self.cursor, entry: self.entry.id, command: self.command,
            rights: rights, outboxBound: self.limits.outboxBound)
    }

    /// - Parameters:
    ///   - parts: The content, by which a repeat is told from a conflict.
    ///   - seconds: How long the answer is kept.
    func once(rights: Permissions = [], over parts: [UInt8]..., for seconds: Int) -> OnceHead {
        OnceHead(
            command: self.head(rights: rights), room: self.room, digest: RedisArgument(self.digest(parts)),
            seconds: seconds,
            moment: self.moment)
    }

    /// By which a repeat is told from a conflict: over the kind and every part of the content.
    func digest(_ parts: [UInt8]...) -> String { self.digest(parts) }

    private func digest(_ parts: [[UInt8]]) -> String {
        var bytes = Array(self.command.kind.rawValue.utf8)
        for part in parts {
            bytes.append(0)
            bytes.append(contentsOf: part)
        }
        return hexadecimal(Digest.sha256(bytes))
    }
}

/// The time of day of one batch.
struct Moment: Sendable {
    let timestamp: Timestamp
    let milliseconds: RedisArgument
    /// The same as text.
    let digits: String
    /// RFC 3339.
    let text: String

    init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
        self.digits = String(timestamp.milliseconds)
        self.milliseconds = RedisArgument(self.digits)
        self.text = timestamp.rfc3339
    }
}

extension ChatCommand {
    /// Reads an entry of the commands.
    init(_ entry: StreamEntry) throws(DecodingError) {
        try self.init { name in entry[name].map { Array(buffer: $0) } }
    }
}
