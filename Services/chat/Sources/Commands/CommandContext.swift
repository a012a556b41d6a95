import Cryptography
import Domain
import NIOCore
import Redis
import WireContract
import WorkQueue

/// One command about to be applied: the entry, its place in the partition, and what every script is given.
struct CommandContext {
    let entry: StreamEntry
    /// Where the cursor must be when the script runs.
    let cursor: StreamID
    let fence: PartitionFence
    let command: ChatCommand
    let moment: Moment
    let remedy: Remedy?

    /// The call of a script of ``ChatScripts``: the fence, the way back to the asker, and the script's own arguments.
    func call(
        _ script: RedisScript, keys: [String], rights: Permissions = [], outboxBound: Int, _ arguments: [RedisArgument]
    ) -> RedisScript.Call {
        var all: [RedisArgument] = []
        all.reserveCapacity(10 + arguments.count)
        all.append(RedisArgument(self.fence.token))
        all.append(RedisArgument(self.fence.runID))
        all.append(RedisArgument("\(self.cursor)"))
        all.append(RedisArgument("\(self.entry.id)"))
        if let gateway = self.command.gateway, let correlation = self.command.correlation {
            all.append(RedisArgument(RedisNames.gateway(gateway)))
            all.append(RedisArgument(correlation))
        } else {
            all.append("")
            all.append("")
        }
        all.append(RedisArgument(rights.rawValue))
        all.append(RedisArgument(self.command.room))
        all.append(RedisArgument(self.command.user))
        all.append(RedisArgument(outboxBound))
        all.append(contentsOf: arguments)
        return RedisScript.Call(script, keys: keys, arguments: all)
    }

    /// The digest by which a repeat is told from a conflict: over the kind and every part of the content.
    func digest(_ parts: [UInt8]...) -> RedisArgument {
        var bytes = Array(self.command.kind.rawValue.utf8)
        for part in parts {
            bytes.append(0)
            bytes.append(contentsOf: part)
        }
        return RedisArgument(hexadecimal(Digest.sha256(bytes)))
    }
}

/// The time of day of one batch.
struct Moment: Sendable {
    let timestamp: Timestamp
    let milliseconds: RedisArgument
    let text: String

    init(_ timestamp: Timestamp) {
        self.timestamp = timestamp
        self.milliseconds = RedisArgument(Int(timestamp.milliseconds))
        self.text = timestamp.rfc3339
    }
}

/// Lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return text
}
