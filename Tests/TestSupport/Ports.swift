internal import Foundation
internal import NIOConcurrencyHelpers

/// A TCP port on loopback that nobody listens on, and that no other test is given before this one's server listens.
public func freePort() throws -> Int { try Ports.shared.next() }

/// Five hundred ports of this process' own, below those that the kernel gives to connections and beside those of the tests
/// in Python. Looking for a free port and listening on it are two moments: whoever looked for one that nobody had at that
/// moment could lose it in between.
private final class Ports: Sendable {
    static let shared = Ports()

    private struct State {
        var first: Int?
        var given = 0
    }

    private static let blockSize = 500
    private let state = NIOLockedValueBox(State())

    func next() throws -> Int {
        try self.state.withLockedValue { state in
            let first = try state.first ?? Self.reserve()
            state.first = first
            for _ in 0..<Self.blockSize {
                let port = first + state.given % Self.blockSize
                state.given += 1
                if Self.isFree(port) { return port }
            }
            throw POSIXError(.EADDRINUSE)
        }
    }

    /// The first block that no other process has. Its name is a socket that the kernel closes with this process.
    private static func reserve() throws -> Int {
        for first in stride(from: 10_000, to: 20_000, by: Self.blockSize) {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            // A zero in front: the name is in no file system.
            let name = [0] + Array("squad-chat-swift-ports-\(first)".utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
            if bind(descriptor, to: &address, length) { return first }
            close(descriptor)
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return bind(descriptor, to: &address, socklen_t(MemoryLayout<sockaddr_in>.size))
    }

    private static func bind<Address>(_ descriptor: Int32, to address: inout Address, _ length: socklen_t) -> Bool {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.bind(descriptor, $0, length) == 0 }
        }
    }
}
