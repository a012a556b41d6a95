import Dispatch
import Glibc

/// Asks a running service for its health: what `--healthcheck` does, so that an image needs no HTTP client.
enum HealthProbe {
    /// - Returns: `nil` when `/healthz` answered 200 within 3 s of silence at most, else what went wrong.
    static func problem(host: String, port: Int) async -> String? {
        await withCheckedContinuation { continuation in
            // It blocks, so not on a thread that tasks share.
            DispatchQueue.global().async {
                continuation.resume(returning: self.problemFound(host: host, port: port))
            }
        }
    }

    private static func problemFound(host: String, port: Int) -> String? {
        // A server on every address is asked on this host's own.
        let host = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &addresses) == 0 else { return "\(host) is not an address" }
        defer { freeaddrinfo(addresses) }
        var next = addresses
        while let address = next?.pointee {
            if let descriptor = self.connected(to: address) {
                defer { close(descriptor) }
                return self.problem(on: descriptor)
            }
            next = address.ai_next
        }
        return "nothing listens on \(host):\(port)"
    }

    private static func connected(to address: addrinfo) -> Int32? {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: 3, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func problem(on descriptor: Int32) -> String? {
        let request = Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return "the request could not be sent"
        }
        var answer = [UInt8]()
        var buffer = [UInt8](repeating: 0, count: 512)
        while answer.count < 12 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return "no answer" }
            answer += buffer[..<count]
        }
        let status = String(decoding: answer[9..<12], as: UTF8.self)
        return status == "200" ? nil : "answered \(status)"
    }
}
