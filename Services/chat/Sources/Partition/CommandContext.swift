import Cryptography
import Domain
import NIOCore
import Redis
import WireContract
import WorkQueue

/// What acts decide from, and what is the same for all commands of one batch.
final class Circumstances: Sendable {
    let fence: PartitionFence
    let moment: Moment
    let keys: ChatKeys
    let rooms: RoomRecords
    let directory: ChatDirectory
    let limits: ChatLimits

    init(
        fence: PartitionFence, moment: Moment, keys: ChatKeys, rooms: RoomRecords, directory: ChatDirectory,
        limits: ChatLimits
    ) {
        self.fence = fence
        self.moment = moment
        self.keys = keys
        self.rooms = rooms
        self.directory = directory
        self.limits = limits
    }
}

/// One command about to be applied: the entry, and its place in the partition. A class, because what is made of it holds it.
final class CommandContext: Sendable {
    let entry: StreamEntry
    /// Where the cursor must be when the script runs.
    let cursor: StreamID
    let command: ChatCommand
    let room: RoomKeys
    /// Nil when the archive was not asked.
    let archived: ArchiveAnswer?
    /// Whether the server refused it for want of memory.
    let isServerFull: Bool
    private let circumstances: Circumstances

    init(
        _ circumstances: Circumstances, entry: StreamEntry, cursor: StreamID, command: ChatCommand, room: RoomKeys,
        archived: ArchiveAnswer?, isServerFull: Bool = false
    ) {
        self.circumstances = circumstances
        self.entry = entry
        self.cursor = cursor
        self.command = command
        self.room = room
        self.archived = archived
        self.isServerFull = isServerFull
    }

    var fence: PartitionFence { self.circumstances.fence }
    var moment: Moment { self.circumstances.moment }
    var keys: ChatKeys { self.circumstances.keys }
    var rooms: RoomRecords { self.circumstances.rooms }
    var directory: ChatDirectory { self.circumstances.directory }
    var limits: ChatLimits { self.circumstances.limits }

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
            command: self.head(rights: rights), room: self.room, digest: RedisArgument(self.digest(over: parts)),
            seconds: seconds,
            moment: self.moment)
    }

    private func digest(over parts: [[UInt8]]) -> String {
        var digest = ContentDigest(of: self.command.kind)
        for part in parts { digest.add(part) }
        return digest.digits
    }
}

/// By which a repeat is told from a conflict: over the kind and every part of the content.
struct ContentDigest {
    private var content: [UInt8] = []

    init(of kind: ChatCommand.Kind) {
        self.content.reserveCapacity(512)
        self.content.append(contentsOf: kind.rawValue.utf8)
    }

    mutating func add(_ part: some Sequence<UInt8>) {
        self.content.append(0)
        self.content.append(contentsOf: part)
    }

    var digits: String { hexadecimal(Digest.sha256(self.content)) }
}

/// The time of day of one batch.
final class Moment: Sendable {
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
        try self.init(
            text: { (name) throws(DecodingError) in
                guard let bytes = entry[name] else { return nil }
                guard let valid = try? UTF8Span(validating: bytes.readableBytesUInt8Span) else {
                    throw .malformed(field: name)
                }
                return String(copying: valid)
            }, data: { entry[Field.data].map { Array(buffer: $0) } })
    }
}

extension StreamEntry {
    /// Whether no person asked for it: the suite itself did, or a gateway.
    var isOfSuite: Bool { (self.string(ChatCommand.Field.user) ?? "").isEmpty }
}
