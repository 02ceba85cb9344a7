#!/usr/bin/env node
// Plain old JavaScript, so that any Node reads it far enough to say what it needs:
// under an old one the database library ends the process without a word.
'use strict'
var path = require('path')
var fs = require('fs')
var childProcess = require('child_process')

var root = path.dirname(__dirname)
var entry = path.join(root, 'out', 'main', 'web.js')

function isFit(version) {
  var parts = String(version).replace(/^v/, '').split('.')
  var major = Number(parts[0])
  return major > 22 || (major === 22 && Number(parts[1]) >= 12)
}

function versionOf(program) {
  try {
    var asked = childProcess.spawnSync(program, ['-p', 'process.version'], { encoding: 'utf8', timeout: 5000 })
    return asked.status === 0 ? String(asked.stdout).trim() : null
  } catch (error) {
    return null
  }
}

function nodeOfPackage() {
  try {
    var manifest = require.resolve('node/package.json', { paths: [root, process.cwd()] })
    return path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch (error) {
    return null
  }
}

function nodesOnPath() {
  var name = process.platform === 'win32' ? 'node.exe' : 'node'
  return String(process.env.PATH || '')
    .split(path.delimiter)
    .filter(Boolean)
    .map(function (folder) {
      return path.join(folder, name)
    })
}

function newerNode() {
  var seen = {}
  var candidates = [process.env.SLIPWAY_NODE, nodeOfPackage()].concat(nodesOnPath())
  for (var i = 0; i < candidates.length; i += 1) {
    var candidate = candidates[i]
    if (!candidate || seen[candidate] || !fs.existsSync(candidate)) continue
    seen[candidate] = true
    var version = versionOf(candidate)
    if (version && isFit(version)) return candidate
  }
  return null
}

function runUnder(program) {
  var child = childProcess.spawn(program, [entry].concat(process.argv.slice(2)), { stdio: 'inherit' })
  var terminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  process.on('SIGINT', function () {
    // A terminal has sent it to the child already; twice would mean more than once.
    if (!terminal) child.kill('SIGINT')
  })
  process.on('SIGTERM', function () {
    child.kill('SIGTERM')
  })
  if (process.platform !== 'win32') {
    process.on('SIGHUP', function () {
      child.kill('SIGHUP')
    })
  }
  child.on('error', function (error) {
    process.stderr.write('Slipway could not be started under ' + program + ': ' + error.message + '\n')
    process.exit(1)
  })
  child.on('exit', function (code, signal) {
    process.exit(signal ? 1 : code)
  })
}

function goOn() {
  // Not written as import(): an ancient Node could not even read this file.
  var load = new Function('address', 'return import(address)')
  load(require('url').pathToFileURL(entry).href).catch(function (error) {
    process.stderr.write('Slipway could not be loaded: ' + (error && error.message) + '\n')
    process.exit(1)
  })
}

if (!fs.existsSync(entry)) {
  process.stderr.write('Slipway is not built here. In a checkout, run: npm ci && npm start\n')
  process.exit(1)
} else if (isFit(process.version)) {
  goOn()
} else {
  var program = newerNode()
  if (program) {
    runUnder(program)
  } else {
    process.stderr.write(
      'Slipway needs Node 22.12 or newer; this is ' +
        process.version +
        '. Install a newer one, or set SLIPWAY_NODE to the path of one.\n'
    )
    process.exit(1)
  }
}
