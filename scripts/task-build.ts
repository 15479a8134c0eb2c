console.log('build', process.version, process.argv.slice(2));
